"""Who has booked or queues for an event is told, in words and once, when it moves or is called otherwise."""

from collections.abc import Callable
from typing import Any

import pytest

from client.bookings.models import Booking
from client.notifications.models import Notification
from client.waitlist.models import WaitlistEntry
from tests.api.conftest import SEATS, Api
from tests.fake_ticket import FakeTicket, document

Deliver = Callable[..., Any]
MOVED = {"venue": "Gedung Baru", "starts_at": "2099-12-24T12:30:00Z"}


def changed(snapshot: dict[str, Any], version: int, **event: Any) -> dict[str, Any]:
    return snapshot | {"version": version, "event": snapshot["event"] | event}


def messages() -> list[Notification]:
    return list(Notification.objects.filter(kind="EVENT_CHANGED").order_by("created_at"))


@pytest.fixture
def booked(ayu: Api, ticket: FakeTicket, deliver: Deliver) -> dict[str, Any]:
    """Ticket's record of a paid booking of Ayu."""
    booking = ticket.bookings[ayu.book(0).json()["id"]]
    booking |= {"status": "BOOKED", "version": 3, "document": document("a" * 64)}
    deliver("booking.updated", booking)
    return booking


def test_the_buyer_reads_what_has_changed_in_the_venues_time(
    booked: dict[str, Any], ayu: Api, deliver: Deliver
) -> None:
    assert deliver("booking.updated", changed(booked, 4, **MOVED)).json() == {"outcome": "applied"}
    shown = ayu.get(f"/bookings/{booked['id']}").json()["event"]
    assert (shown["venue"], shown["starts_at"]) == (MOVED["venue"], MOVED["starts_at"])
    (message,) = messages()
    assert message.title == f"The event has changed: {booked['event']['name']}"
    assert "It now begins Thu 24 Dec 2099, 20:30 WITA. Before, it was " in message.body
    assert f"It now takes place here: Gedung Baru. Before, it was here: {booked['event']['venue']}." in message.body
    assert "A new ticket replaces the one that you have" in message.body
    assert message.email_state == "PENDING"


def test_each_change_is_told_once_and_a_new_document_tells_nothing_more(
    booked: dict[str, Any], deliver: Deliver
) -> None:
    moved = changed(booked, 4, **MOVED)
    for _ in range(2):
        deliver("booking.updated", moved)
    deliver("booking.updated", moved | {"version": 5, "document": document("b" * 64)})
    assert len(messages()) == 1
    deliver("booking.updated", changed(booked, 6))
    assert len(messages()) == 2, "the event moves back"
    assert Booking.objects.get().document_sha256 == "a" * 64


def test_another_time_zone_is_another_time_on_the_clock(booked: dict[str, Any], deliver: Deliver) -> None:
    deliver("booking.updated", changed(booked, 4, time_zone="Asia/Jakarta"))
    (message,) = messages()
    assert "WIB. Before, it was " in message.body
    assert "WITA" in message.body


def test_an_unpaid_booking_is_told_and_an_ended_one_is_not(ayu: Api, ticket: FakeTicket, deliver: Deliver) -> None:
    held, ended = (ticket.bookings[ayu.book(seat).json()["id"]] for seat in (0, 1))
    deliver("booking.updated", ended | {"status": "EXPIRED", "version": 3})
    for booking in (held, ended | {"status": "EXPIRED"}):
        deliver("booking.updated", changed(booking, 4, name="Malam Gamelan II"))
    (message,) = messages()
    assert str(message.booking_id) == held["id"]
    assert "It is now called Malam Gamelan II." in message.body
    assert "We still hold your seats" in message.body


def test_who_waits_in_a_queue_is_told(ayu: Api, ticket: FakeTicket, deliver: Deliver) -> None:
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    entry = ticket.entries[ayu.post("/waitlist", {"seat_id": SEATS[0]}).json()["id"]]
    deliver("waitlist.updated", changed(entry, 2, **MOVED))
    deliver("waitlist.updated", changed(entry, 3, **MOVED))
    (message,) = messages()
    assert "It now takes place here: Gedung Baru." in message.body
    assert "You keep your place in the queue for " in message.body
    assert str(message.waitlist_entry_id) == entry["id"]
    assert WaitlistEntry.objects.filter(event__venue="Gedung Baru").exists()
