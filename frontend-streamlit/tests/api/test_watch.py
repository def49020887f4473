"""The watch finds out which service does not answer, while a page is open."""

from collections.abc import Iterator

import pytest

from frontend.api import background
from frontend.api.findings import Findings
from frontend.api.transport import Transport
from frontend.page.watch import Status, Watch
from tests.conftest import wait_until
from tests.fake.server import FakeClientService
from tests.fake.state import FakeRecords

SECONDS = 10.0
NOBODY = Transport("http://127.0.0.1:9")


@pytest.fixture
def watch(service: FakeClientService, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    monkeypatch.setattr("frontend.page.watch.IDLE_SECONDS", 1.0)
    watching = Watch(Findings())
    yield watching
    # The watch asks its last questions while the service still runs.
    wait_until(lambda: not watching.is_probing)


def after(watch: Watch, status: Status) -> Status:
    return background.wait_for(watch.status_after(status.version, SECONDS))


def test_all_is_well_while_everybody_answers(watch: Watch) -> None:
    status = watch.status()
    assert status.words == ""
    assert background.wait_for(watch.status_after(status.version, 1.0)) == status


def test_a_client_service_that_stands_still_is_named_until_it_is_back(watch: Watch, records: FakeRecords) -> None:
    well = watch.status()
    records.broken = "stands still"
    outage = after(watch, well)
    assert "The booking service does not answer in time." in outage.words
    records.broken = None
    assert after(watch, outage).words == ""


def test_a_client_service_that_is_not_there_is_named(
    watch: Watch, service: FakeClientService, monkeypatch: pytest.MonkeyPatch
) -> None:
    well = watch.status()
    monkeypatch.setattr("frontend.api.probes.shared_transport", lambda: NOBODY)
    assert "cannot reach the booking service" in after(watch, well).words


def test_a_ticket_service_that_the_client_service_cannot_reach_is_named_until_it_is_back(
    watch: Watch, records: FakeRecords
) -> None:
    well = watch.status()
    records.broken = "without ticket"
    outage = after(watch, well)
    assert "The ticket system does not answer." in outage.words
    records.broken = None
    assert after(watch, outage).words == ""


def test_a_ticket_service_that_stands_still_is_named_and_asked_one_question_at_a_time(
    watch: Watch, records: FakeRecords
) -> None:
    well = watch.status()
    records.broken = "ticket stands still"
    outage = after(watch, well)
    assert "The ticket system does not answer in time." in outage.words
    assert sum("/events/00000000" in request for request in records.requests) == 1
    records.broken = None
    assert after(watch, outage).words == ""


def test_nobody_is_asked_any_more_when_nobody_looks_any_more(watch: Watch) -> None:
    watch.keep_probing()
    assert watch.is_probing
    wait_until(lambda: not watch.is_probing)
