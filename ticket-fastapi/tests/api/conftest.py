"""Fixtures of the tests of bookings: the system, and the harness for concurrent actions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from conftest import SERVICE_KEY
from sqlalchemy.ext.asyncio import AsyncEngine
from support.concurrency_harness import HarnessAndRunner, harness_on_its_own_loop, replace_rendering
from support.ticket_system import TicketSystem, started_system
from ticketing.db.booking.holds_under_way import HoldsUnderWay
from ticketing.settings import Settings


@pytest.fixture(autouse=True)
def requests_meet_in_the_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets requests for one seat meet in PostgreSQL, as those of several processes do: what the tests of races look for
    must not depend on their being in one. Tests marked `one_process` keep them waiting for each other.
    """
    if request.node.get_closest_marker("one_process") is None:
        monkeypatch.setattr(HoldsUnderWay, "after_others", lambda *_: nullcontext())


@pytest.fixture
async def system(
    request: pytest.FixtureRequest,
    settings: Settings,
    engine: AsyncEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[TicketSystem]:
    """The started ticket service with the organizer simulator and a fake payment service, on an empty database.

    An indirect parameter holds further arguments of `started_system`.
    """
    replace_rendering(monkeypatch)
    async with started_system(settings, tmp_path, SERVICE_KEY, **getattr(request, "param", {})) as harness_and_runner:
        yield harness_and_runner


@pytest.fixture(scope="module")
def _harness(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HarnessAndRunner]:
    with harness_on_its_own_loop(settings, tmp_path_factory.mktemp("harness"), SERVICE_KEY) as harness:
        yield harness


@pytest.fixture
def harness_and_runner(_harness: HarnessAndRunner, monkeypatch: pytest.MonkeyPatch) -> HarnessAndRunner:
    """A harness and the runner of its event loop; the loop runs only inside `runner.run`.

    Each test creates its event and afterwards empties all tables (`scenarios.event_on_sale`).
    """
    replace_rendering(monkeypatch)
    return _harness
