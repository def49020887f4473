"""Whoever views a seat map is sent what changes, without asking again."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from client.edge.catalog.seat_map_changes import watched_maps
from tests.api.conftest import SEATS, Api, assert_problem
from tests.fake_ticket import EVENT_ID, FakeTicket, broken

CHANGES = f"/events/{EVENT_ID}/seat-map/changes"
BEGINNING = f"{CHANGES}?seconds=0"


@pytest.fixture(autouse=True)
def maps() -> Iterator[None]:
    """Each test begins with no viewers."""
    watched_maps.cache_clear()
    yield
    watched_maps().end()
    watched_maps.cache_clear()


def events(answer: Any) -> list[tuple[str, Any]]:
    """Returns kind and content of the events of a whole answer."""
    text = b"".join(answer.streaming_content).decode()
    found = [event.split("\n") for event in text.removesuffix("\n\n").split("\n\n")]
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in found]


def test_it_begins_with_the_layout_and_the_states_of_the_map_and_with_the_sale(
    anonymous: Api, ticket: FakeTicket
) -> None:
    ticket.seats[SEATS[1]]["status"] = "BOOKED"
    shown = anonymous.get(f"/events/{EVENT_ID}/seat-map").json()
    answer = anonymous.get(BEGINNING)
    assert events(answer) == [
        ("map", {"layout": shown["layout"], "states": "ob" + 10 * "o"}),
        ("sale", {"status": "ON_SALE"}),
    ]
    assert len(ticket.calls("GET", f"/api/v1/events/{EVENT_ID}/seat-map")) == 1


def test_pages_of_other_origins_may_read_it_and_no_proxy_keeps_it_back(anonymous: Api, ticket: FakeTicket) -> None:
    answer = anonymous.get(BEGINNING, Accept="text/event-stream", Origin="http://dashboard.example")
    assert answer["Content-Type"] == "text/event-stream"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    assert (answer["Cache-Control"], answer["X-Accel-Buffering"]) == ("no-store", "no")
    answer.close()


def test_what_cannot_be_viewed_is_refused_before_the_answer_begins(anonymous: Api, ticket: FakeTicket) -> None:
    assert_problem(anonymous.get(f"/events/{uuid4()}/seat-map/changes"), 404, "event-not-found")
    ticket.script("GET", f"/api/v1/events/{EVENT_ID}/seat-map", broken(500, b"oops"))
    assert_problem(anonymous.get(CHANGES), 503, "ticket-unavailable")
    assert anonymous.call("HEAD", CHANGES).status_code == 405


@pytest.mark.parametrize("seconds", ["", "-1", "1.5", "3601", "x", "²", "9" * 5000])
def test_it_lasts_for_a_number_of_seconds(anonymous: Api, ticket: FakeTicket, seconds: str) -> None:
    refused = assert_problem(anonymous.get(f"{CHANGES}?seconds={seconds}"), 422, "validation-error")
    assert refused["errors"][0]["field"] == "seconds"


@pytest.mark.parametrize("limit", ["map_viewers", "map_viewers_per_address"])
def test_one_viewer_too_many_is_asked_to_come_again(
    anonymous: Api, ticket: FakeTicket, setting: Callable[..., None], limit: str
) -> None:
    setting(**{limit: 2})
    answers = [anonymous.get(CHANGES) for _ in range(2)]
    refused = anonymous.get(CHANGES)
    assert_problem(refused, 503, "busy")
    assert refused["Retry-After"] == "15"
    answers[0].close()
    another = anonymous.get(BEGINNING)
    assert another.status_code == 200
    for answer in (answers[1], another):
        answer.close()
