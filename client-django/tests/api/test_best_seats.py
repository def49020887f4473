"""A proposal of seats is passed on from ticket, and each caller gets their own."""

from uuid import uuid4

import pytest

from tests.api.conftest import SEATS, Api, assert_problem
from tests.fake_ticket import EVENT_ID, Answer, FakeTicket, broken, problem

BEST_SEATS = f"/events/{EVENT_ID}/best-seats"
AT_TICKET = f"/api/v1{BEST_SEATS}"


def test_everybody_gets_a_proposal_that_can_be_booked(anonymous: Api, ayu: Api) -> None:
    answer = anonymous.get(f"{BEST_SEATS}?count=2")
    proposal = answer.json()["proposal"]
    assert [seat["id"] for seat in proposal["seats"]] == SEATS[:2]
    assert (proposal["adjacent"], proposal["leaves_single_seat"]) == (True, False)
    booked = ayu.post("/bookings", {"event_id": EVENT_ID, "seat_ids": [seat["id"] for seat in proposal["seats"]]})
    assert booked.status_code == 201


def test_the_request_is_passed_on_and_no_answer_is_kept_for_another_caller(anonymous: Api, ticket: FakeTicket) -> None:
    query = "count=2&max_price=500000&section=Balkon&seed=mine"
    for _ in range(2):
        assert anonymous.get(f"{BEST_SEATS}?{query}&colour=red")["Cache-Control"] == "no-store"
    asked = [seen.query for seen in ticket.calls("GET", AT_TICKET)]
    assert asked == 2 * [{"count": "2", "max_price": "500000", "section": "Balkon", "seed": "mine"}]


def test_no_proposal_is_no_error(anonymous: Api, ticket: FakeTicket) -> None:
    ticket.script("GET", AT_TICKET, Answer(200, {"proposal": None}))
    assert anonymous.get(f"{BEST_SEATS}?count=2").json() == {"proposal": None}


def test_ticket_decides_what_may_be_asked_for(anonymous: Api) -> None:
    refused = assert_problem(anonymous.get(BEST_SEATS), 422, "validation-error")
    assert [error["field"] for error in refused["errors"]] == ["count"]
    assert_problem(anonymous.get(f"/events/{uuid4()}/best-seats?count=1"), 404, "event-not-found")
    assert_problem(anonymous.get("/events/x/best-seats?count=1"), 404, "not-found")


@pytest.mark.parametrize(
    "answer",
    [
        broken(500, b"oops"),
        problem("unauthenticated", 401),
        Answer(200, b"oops", broken=True),
        Answer(200, {"proposal": {"seats": []}}, broken=True),
        Answer(200, {}, broken=True),
    ],
)
def test_an_unusable_answer_is_ticket_unavailable(anonymous: Api, ticket: FakeTicket, answer: Answer) -> None:
    ticket.script("GET", AT_TICKET, answer)
    assert_problem(anonymous.get(f"{BEST_SEATS}?count=1"), 503, "ticket-unavailable")


def test_without_ticket_there_is_no_proposal(anonymous: Api, ticket: FakeTicket) -> None:
    ticket.down = True
    assert_problem(anonymous.get(f"{BEST_SEATS}?count=1"), 503, "ticket-unavailable")
