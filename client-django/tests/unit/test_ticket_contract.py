"""The check of the fake ticket finds requests and answers that break ticket's contract."""

from typing import Any

import pytest

from tests.fake_ticket import EVENT_ID, Answer, FakeTicket, broken, problem
from tests.ticket_contract import request_violations, violations

BOOKINGS = "/api/v1/bookings"


def found(method: str, path: str, answer: Answer) -> list[str]:
    body: Any = answer.body
    if answer.problem:
        body = {"instance": path, "request_id": None} | body
    return violations(method, path, status=answer.status, body=body)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (problem("seat-unavailable", 409, seats=[]), "no members ['seats']"),
        (problem("seat-unavailable", 404), "not among ['event-not-found']"),
        (problem("seat-unavailable", 409, title="Taken"), "has the title Seat unavailable, not Taken"),
        (problem("organizer-declined", 502, booking={"id": 1}), "'version' is a required property"),
        (broken(418), "status 418 is not documented"),
        (broken(201, {"id": 1}), "1 is not of type 'string'"),
        (broken(201, b"{}"), "not JSON"),
    ],
)
def test_an_answer_that_ticket_never_gives_is_found(answer: Answer, named: str) -> None:
    assert named in " ".join(found("POST", BOOKINGS, answer))


def test_an_answer_that_ticket_gives_passes(ticket: FakeTicket) -> None:
    assert found("POST", BOOKINGS, problem("seat-unavailable", 409, seat_ids=[EVENT_ID])) == []
    assert found("GET", f"/api/v1/events/{EVENT_ID}", Answer(200, ticket.event)) == []
    assert found("DELETE", f"/api/v1/events/{EVENT_ID}", Answer(204)) == []


def test_a_call_that_ticket_does_not_have_has_no_answer_but_404() -> None:
    assert found("PUT", BOOKINGS, Answer(200, {})) == ["there is no such call"]
    assert found("PUT", BOOKINGS, problem("not-found", 404)) == []


def test_the_fake_remembers_an_answer_that_was_none_of_tickets(ticket: FakeTicket) -> None:
    import httpx

    ticket.script("GET", "/api/v1/events", Answer(200, {"items": None, "next_cursor": None}))
    httpx.get(f"{ticket.url}/api/v1/events")
    assert ticket.violations == ["GET /api/v1/events → 200: $.items: None is not of type 'array'"]
    ticket.violations.clear()


def test_a_request_that_ticket_does_not_take_is_found() -> None:
    assert request_violations("POST", f"{BOOKINGS}/x/cancel", body={"reason": "BUYER"}) == []
    assert request_violations("POST", f"{BOOKINGS}/x/cancel", body={"reason": "WHIM"})
    assert request_violations("POST", BOOKINGS, body={})
    assert request_violations("GET", BOOKINGS, body={}) == ["the call takes no body"]
