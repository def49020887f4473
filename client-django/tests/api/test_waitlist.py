"""The queue for taken seats: ticket has it, and users reach only their own entries."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from client.notifications.models import Notification
from client.waitlist.models import WaitlistEntry
from tests.api.conftest import SEATS, Api, assert_problem
from tests.fake_ticket import FakeTicket, problem


@pytest.fixture
def waitlist_entry(ayu: Api, ticket: FakeTicket) -> dict[str, Any]:
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    response = ayu.post("/waitlist", {"seat_id": SEATS[0]})
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()
    return made


def test_a_buyer_queues_for_a_taken_seat_and_sees_the_position(
    ayu: Api, waitlist_entry: dict[str, Any], ticket: FakeTicket
) -> None:
    assert (waitlist_entry["status"], waitlist_entry["position"], waitlist_entry["booking_id"]) == ("WAITING", 1, None)
    assert waitlist_entry["seat"]["section"] == "Balkon"
    assert waitlist_entry["event"]["name"] == "Malam Gamelan"
    (seen,) = ticket.calls("POST", "/api/v1/waitlist")
    assert (seen.body["seat_id"], seen.body["customer"]) == (SEATS[0], ayu.customer)
    assert ayu.get(f"/waitlist/{waitlist_entry['id']}").json()["id"] == waitlist_entry["id"]
    assert [each["id"] for each in ayu.get("/waitlist").json()["items"]] == [waitlist_entry["id"]]


def test_the_payment_page_of_an_offer_leads_back_to_the_bookings(
    ayu: Api, waitlist_entry: dict[str, Any], ticket: FakeTicket
) -> None:
    (seen,) = ticket.calls("POST", "/api/v1/waitlist")
    assert seen.body["return_url"] == "http://127.0.0.1:8501/bookings"


def test_a_buyer_leaves_the_queue(ayu: Api, waitlist_entry: dict[str, Any], ticket: FakeTicket) -> None:
    assert ayu.delete(f"/waitlist/{waitlist_entry['id']}").status_code == 204
    assert ticket.entries[waitlist_entry["id"]]["status"] == "LEFT"
    assert WaitlistEntry.objects.get().status == "LEFT"


def test_somebody_elses_entry_is_not_found(
    bima: Api, staff: Api, waitlist_entry: dict[str, Any], ticket: FakeTicket
) -> None:
    path = f"/waitlist/{waitlist_entry['id']}"
    assert_problem(bima.get(path), 404, "not-found")
    assert_problem(bima.delete(path), 404, "not-found")
    assert bima.get("/waitlist").json()["items"] == []
    assert ticket.entries[waitlist_entry["id"]]["status"] == "WAITING"
    assert staff.get(path).status_code == 200


@pytest.mark.parametrize("type_", ["seat-open", "seat-already-yours", "already-queued", "event-cancelled"])
def test_tickets_refusals_reach_the_buyer(ayu: Api, ticket: FakeTicket, type_: str) -> None:
    ticket.script("POST", "/api/v1/waitlist", problem(type_, 409))
    assert_problem(ayu.post("/waitlist", {"seat_id": SEATS[0]}), 409, type_)
    assert not WaitlistEntry.objects.exists()


def test_leaving_what_cannot_be_left_is_tickets_409(
    ayu: Api, waitlist_entry: dict[str, Any], ticket: FakeTicket
) -> None:
    ticket.script("DELETE", f"/api/v1/waitlist/{waitlist_entry['id']}", problem("not-leavable", 409))
    assert_problem(ayu.delete(f"/waitlist/{waitlist_entry['id']}"), 409, "not-leavable")


@pytest.mark.parametrize("body", [{}, {"seat_id": "A-1"}, {"seat_id": None}, {"seat_id": SEATS[0], "position": 1}, []])
def test_wrong_input_is_refused_and_ticket_is_not_asked(ayu: Api, ticket: FakeTicket, body: object) -> None:
    assert_problem(ayu.post("/waitlist", body), 422, "validation-error")
    assert not ticket.requests


def test_unknown_entries_and_seats_are_not_found(ayu: Api) -> None:
    assert_problem(ayu.get(f"/waitlist/{uuid4()}"), 404, "not-found")
    assert_problem(ayu.delete(f"/waitlist/{uuid4()}"), 404, "not-found")
    assert_problem(ayu.post("/waitlist", {"seat_id": str(uuid4())}), 404, "seat-not-found")
    assert_problem(ayu.get("/waitlist?limit=0"), 422, "validation-error")


def test_without_ticket_the_queue_is_unavailable(ayu: Api, ticket: FakeTicket) -> None:
    ticket.down = True
    assert_problem(ayu.get("/waitlist"), 503, "ticket-unavailable")
    assert_problem(ayu.post("/waitlist", {"seat_id": SEATS[0]}), 503, "ticket-unavailable")


def test_a_position_notifies_only_who_has_joined_and_an_older_event_is_ignored(
    waitlist_entry: dict[str, Any], ticket: FakeTicket, deliver: Callable[..., Any]
) -> None:
    snapshot = ticket.entries[waitlist_entry["id"]]
    assert deliver("waitlist.updated", snapshot | {"version": 3, "position": 2}).json() == {"outcome": "applied"}
    assert deliver("waitlist.updated", snapshot | {"version": 2, "position": 7}).json() == {"outcome": "ignored"}
    assert deliver("waitlist.updated", snapshot | {"version": 4, "position": 2}).json() == {"outcome": "applied"}
    titles = Notification.objects.order_by("created_at").values_list("title", flat=True)
    assert list(titles) == ["You joined a queue as number 1"]
    assert WaitlistEntry.objects.get().version == 4


def test_an_event_about_an_entry_that_comes_again_is_recognised(
    waitlist_entry: dict[str, Any], ticket: FakeTicket, deliver: Callable[..., Any]
) -> None:
    closed = ticket.entries[waitlist_entry["id"]] | {"version": 2, "status": "LEFT", "position": None}
    outcomes = [deliver("waitlist.updated", closed, message_id="msg_1").json()["outcome"] for _ in range(2)]
    assert outcomes == ["applied", "duplicate"]
    assert Notification.objects.filter(kind="WAITLIST_CLOSED").count() == 1


OFFER = str(uuid4())


@pytest.mark.parametrize(
    ("status", "booking_id", "kind"),
    [
        ("LAPSED", OFFER, "WAITLIST_LAPSED"),
        ("LAPSED", None, "WAITLIST_CLOSED"),
        ("LEFT", None, "WAITLIST_CLOSED"),
        ("OFFERED", OFFER, None),
        ("FULFILLED", OFFER, None),
    ],
)
def test_the_end_of_an_entry_notifies_its_user(
    waitlist_entry: dict[str, Any],
    ticket: FakeTicket,
    deliver: Callable[..., Any],
    status: str,
    booking_id: str | None,
    kind: str | None,
) -> None:
    change = {"version": 2, "status": status, "position": None, "booking_id": booking_id}
    deliver("waitlist.updated", ticket.entries[waitlist_entry["id"]] | change)
    kinds = list(Notification.objects.exclude(kind="WAITLIST_JOINED").values_list("kind", flat=True))
    assert kinds == ([kind] if kind else [])
