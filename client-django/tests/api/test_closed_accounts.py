"""A closed account loses its waitlist entries and unpaid bookings as soon as ticket can be asked."""

from collections.abc import Callable
from typing import Any

import pytest

from client.bookings.models import Booking
from client.notifications.models import EmailState, Notification
from client.waitlist.models import WaitlistEntry
from client.worker.closed_accounts import closed_accounts_release
from tests.api.conftest import SEATS, Api
from tests.fake_ticket import FakeTicket, problem

CANCEL = "/api/v1/bookings/.*/cancel"
ENTRY = "/api/v1/waitlist/.*"


@pytest.fixture
def waitlist_entry(ayu: Api, ticket: FakeTicket) -> dict[str, Any]:
    """Ayu waits for a taken seat."""
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    joined: dict[str, Any] = ayu.post("/waitlist", {"seat_id": SEATS[0]}).json()
    return joined


@pytest.fixture
def unpaid_booking(ayu: Api) -> str:
    """Ayu has a booking that awaits payment."""
    return str(ayu.book(1).json()["id"])


@pytest.fixture
def paid_booking(ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any]) -> str:
    """Ayu has a paid booking."""
    booking_id = str(ayu.book(2).json()["id"])
    ticket.bookings[booking_id] |= {"status": "BOOKED", "version": 3}
    assert deliver("booking.updated", ticket.bookings[booking_id]).status_code == 200
    return booking_id


def status_of(booking_id: str) -> str:
    return Booking.objects.get(id=booking_id).status


@pytest.mark.parametrize("by", ["ayu", "staff"])
def test_entries_and_unpaid_bookings_end_and_paid_ones_stay(
    ayu: Api,
    staff: Api,
    ticket: FakeTicket,
    waitlist_entry: dict[str, Any],
    unpaid_booking: str,
    paid_booking: str,
    by: str,
) -> None:
    assert ayu.user
    closed = ayu.delete("/users/me") if by == "ayu" else staff.delete(f"/users/{ayu.user.id}")
    assert closed.status_code == 204
    assert not ticket.calls("DELETE", ENTRY)
    assert closed_accounts_release() == 2
    assert ticket.entries[waitlist_entry["id"]]["status"] == WaitlistEntry.objects.get().status == "LEFT"
    assert (status_of(unpaid_booking), status_of(paid_booking)) == ("CANCELLED", "BOOKED")
    assert ticket.calls("POST", CANCEL)[0].body == {"reason": "BUYER"}
    ticket.requests.clear()
    assert closed_accounts_release() == 0
    assert not ticket.requests


def test_nobody_else_loses_anything(ayu: Api, bima: Api, waitlist_entry: dict[str, Any], unpaid_booking: str) -> None:
    assert bima.delete("/users/me").status_code == 204
    assert closed_accounts_release() == 0
    assert (WaitlistEntry.objects.get().status, status_of(unpaid_booking)) == ("WAITING", "AWAITING_PAYMENT")


def test_an_account_that_staff_have_opened_again_keeps_what_it_has(
    ayu: Api, staff: Api, waitlist_entry: dict[str, Any], unpaid_booking: str
) -> None:
    assert ayu.user
    ayu.delete("/users/me")
    assert staff.patch(f"/users/{ayu.user.id}", {"is_active": True}).status_code == 200
    assert closed_accounts_release() == 0
    assert (WaitlistEntry.objects.get().status, status_of(unpaid_booking)) == ("WAITING", "AWAITING_PAYMENT")


def test_while_ticket_is_unreachable_nothing_is_lost(
    ayu: Api, ticket: FakeTicket, waitlist_entry: dict[str, Any], unpaid_booking: str
) -> None:
    ayu.delete("/users/me")
    ticket.down = True
    assert closed_accounts_release() == 0
    ticket.down = False
    assert closed_accounts_release() == 2


@pytest.mark.parametrize("type_", ["booking-in-progress", "payment-in-progress"])
def test_what_ticket_is_still_deciding_is_tried_again(
    ayu: Api, ticket: FakeTicket, waitlist_entry: dict[str, Any], unpaid_booking: str, type_: str
) -> None:
    ayu.delete("/users/me")
    ticket.script("DELETE", f"/api/v1/waitlist/{waitlist_entry['id']}", problem(type_, 409))
    ticket.script("POST", f"/api/v1/bookings/{unpaid_booking}/cancel", problem(type_, 409))
    assert closed_accounts_release() == 0
    assert closed_accounts_release() == 2


def test_what_has_ended_already_is_mirrored_and_not_tried_again(
    ayu: Api, ticket: FakeTicket, waitlist_entry: dict[str, Any], unpaid_booking: str
) -> None:
    ayu.delete("/users/me")
    ticket.entries[waitlist_entry["id"]] |= {"status": "LAPSED", "position": None, "version": 5}
    ticket.bookings[unpaid_booking] |= {"status": "BOOKED", "version": 5}
    ticket.script("DELETE", f"/api/v1/waitlist/{waitlist_entry['id']}", problem("not-leavable", 409))
    assert closed_accounts_release() == 0
    assert (WaitlistEntry.objects.get().status, status_of(unpaid_booking)) == ("LAPSED", "BOOKED")
    assert not ticket.calls("POST", CANCEL)
    ticket.requests.clear()
    assert closed_accounts_release() == 0
    assert not ticket.requests


def test_one_that_ticket_refuses_does_not_keep_the_others(
    ayu: Api, ticket: FakeTicket, waitlist_entry: dict[str, Any], unpaid_booking: str
) -> None:
    ayu.delete("/users/me")
    ticket.script("DELETE", f"/api/v1/waitlist/{waitlist_entry['id']}", problem("not-leavable", 409))
    ticket.script("GET", f"/api/v1/waitlist/{waitlist_entry['id']}", problem("validation-error", 422))
    assert closed_accounts_release() == 1
    assert (WaitlistEntry.objects.get().status, status_of(unpaid_booking)) == ("WAITING", "CANCELLED")


def test_an_entry_that_ticket_does_not_know_counts_as_left(
    ayu: Api, ticket: FakeTicket, waitlist_entry: dict[str, Any]
) -> None:
    ayu.delete("/users/me")
    ticket.script("DELETE", f"/api/v1/waitlist/{waitlist_entry['id']}", problem("not-found", 404))
    closed_accounts_release()
    assert WaitlistEntry.objects.get().status == "LEFT"


def test_an_offer_that_arrives_after_the_account_was_closed_is_given_up_and_mailed_to_nobody(
    ayu: Api, ticket: FakeTicket, waitlist_entry: dict[str, Any], deliver: Callable[..., Any]
) -> None:
    customer = ayu.customer
    ayu.delete("/users/me")
    offered = ticket.booking(
        "9a0f6a0e-1f0e-4b8e-8d41-0c9a3a3f7b11",
        customer,
        SEATS[:1],
        origin="WAITLIST",
        waitlist_entry_id=waitlist_entry["id"],
    )
    ticket.entries[waitlist_entry["id"]] |= {
        "status": "OFFERED",
        "booking_id": offered["id"],
        "position": None,
        "version": 2,
    }
    for type_, data in (("booking.updated", offered), ("waitlist.updated", ticket.entries[waitlist_entry["id"]])):
        assert deliver(type_, data).status_code == 200
    assert closed_accounts_release() == 2
    assert WaitlistEntry.objects.get().status == "LEFT"
    assert status_of(str(offered["id"])) == "CANCELLED"
    assert not Notification.objects.filter(booking_id=offered["id"]).exclude(email_state=EmailState.NONE).exists()
