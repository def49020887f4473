"""The seat map is passed on from ticket with its entity tag, and kept for a moment."""

import gzip
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from client.catalog.selectors import pages
from tests.api.conftest import SEATS, Api, assert_problem
from tests.fake_ticket import EVENT_ID, Answer, FakeTicket, broken, problem

SEAT_MAP = f"/events/{EVENT_ID}/seat-map"
AT_TICKET = f"/api/v1{SEAT_MAP}"
PLACES = ['["Balkon","A",1]', '["Balkon","A",3]']


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time of the cache of pages."""
    now = [0.0]
    monkeypatch.setattr(pages, "_clock", lambda: now[0])
    yield now
    pages.clear()


def test_it_has_the_content_and_the_tag_that_ticket_gave_it(anonymous: Api, ticket: FakeTicket) -> None:
    ticket.seats[SEATS[1]]["status"] = "BOOKED"
    shown = anonymous.get(SEAT_MAP)
    assert shown.json()["states"] == "ob" + 10 * "o"
    assert shown["ETag"].startswith('W/"')
    assert (shown["Cache-Control"], shown["Vary"]) == ("public, max-age=1", "Accept-Encoding")
    (seen,) = ticket.calls("GET", AT_TICKET)
    assert seen.headers["accept-encoding"] == "identity"


def test_it_is_compressed_for_those_who_accept_it(anonymous: Api) -> None:
    plain = anonymous.get(SEAT_MAP, **{"Accept-Encoding": "identity"})
    zipped = anonymous.get(SEAT_MAP, **{"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain
    assert (zipped["Content-Encoding"], zipped["ETag"]) == ("gzip", plain["ETag"])
    assert int(zipped["Content-Length"]) == len(zipped.content)
    assert gzip.decompress(zipped.content) == plain.content


def test_who_has_it_already_gets_no_body(anonymous: Api, ticket: FakeTicket, clock: list[float]) -> None:
    tag = anonymous.get(SEAT_MAP)["ETag"]
    for header in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        answer = anonymous.get(SEAT_MAP, **{"If-None-Match": header})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert len(ticket.calls("GET", AT_TICKET)) == 1
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    clock[0] = 1.0
    assert anonymous.get(SEAT_MAP, **{"If-None-Match": tag}).status_code == 200


def test_an_old_copy_is_compared_with_ticket_and_kept_if_it_holds(
    anonymous: Api, ticket: FakeTicket, clock: list[float]
) -> None:
    first = anonymous.get(SEAT_MAP)
    kept = pages.kept(f"events/{EVENT_ID}/seat-map")
    clock[0] = 1.0
    assert anonymous.get(SEAT_MAP).content == first.content
    assert pages.kept(f"events/{EVENT_ID}/seat-map") is kept
    ticket.seats[SEATS[0]]["price"] = 1
    clock[0] = 2.0
    assert anonymous.get(SEAT_MAP).json()["prices"] == [1, 450000]
    asked = [seen.headers.get("if-none-match") for seen in ticket.calls("GET", AT_TICKET)]
    assert asked == [None, first["ETag"], first["ETag"]]


def test_staff_see_their_change_at_once(staff: Api, ticket: FakeTicket) -> None:
    staff.get(SEAT_MAP)
    staff.patch(f"/events/{EVENT_ID}/seats/{SEATS[0]}", {"price": 1})
    assert staff.get(SEAT_MAP).json()["prices"] == [1, 450000]


def test_tickets_problems_are_passed_on_and_not_remembered(anonymous: Api, ticket: FakeTicket) -> None:
    path = f"/events/{uuid4()}/seat-map"
    for _ in range(2):
        assert_problem(anonymous.get(path), 404, "event-not-found")
    assert len(ticket.calls("GET", f"/api/v1{path}")) == 2
    assert_problem(anonymous.get("/events/x/seat-map"), 404, "not-found")


TAGGED = {"ETag": '"1"'}


@pytest.mark.parametrize(
    "answer",
    [
        broken(500, b"oops"),
        problem("unauthenticated", 401),
        Answer(200, b"oops", headers=TAGGED, broken=True),
        Answer(200, b"[]", headers=TAGGED, broken=True),
        Answer(200, {"states": ""}, broken=True),
        Answer(200, {"states": ""}, headers={"ETag": '"1"x'}, broken=True),
        Answer(304, headers=TAGGED, broken=True),
    ],
)
def test_an_unusable_answer_is_ticket_unavailable(anonymous: Api, ticket: FakeTicket, answer: Answer) -> None:
    ticket.script("GET", AT_TICKET, answer)
    assert_problem(anonymous.get(SEAT_MAP), 503, "ticket-unavailable")
    assert anonymous.get(SEAT_MAP).status_code == 200


def test_without_ticket_an_old_copy_is_not_taken_for_the_present_one(
    anonymous: Api, ticket: FakeTicket, clock: list[float]
) -> None:
    anonymous.get(SEAT_MAP)
    ticket.down = True
    assert anonymous.get(SEAT_MAP).status_code == 200
    clock[0] = 1.0
    assert_problem(anonymous.get(SEAT_MAP), 503, "ticket-unavailable")


def test_seats_of_the_map_are_looked_up_by_their_places(anonymous: Api, ticket: FakeTicket) -> None:
    query = "&".join(f"at={place}" for place in PLACES)
    found = anonymous.get(f"/events/{EVENT_ID}/seats?{query}").json()["items"]
    assert [seat["id"] for seat in found] == [SEATS[0], SEATS[2]]
    one = anonymous.get(f"/events/{EVENT_ID}/seats?at={PLACES[1]}").json()["items"]
    assert [seat["id"] for seat in one] == [SEATS[2]]
    assert [seen.places for seen in ticket.calls("GET", ".*/seats")] == [PLACES, PLACES[1:]]


def test_ticket_decides_which_places_it_takes(anonymous: Api, ticket: FakeTicket) -> None:
    errors = [{"field": "at.0", "code": "malformed_place", "message": "Must be a JSON array."}]
    ticket.script("GET", f"/api/v1/events/{EVENT_ID}/seats", problem("validation-error", 422, errors=errors))
    refused: dict[str, Any] = assert_problem(anonymous.get(f"/events/{EVENT_ID}/seats?at="), 422, "validation-error")
    assert refused["errors"] == errors
    assert [seen.places for seen in ticket.calls("GET", ".*/seats")] == [[""]]
