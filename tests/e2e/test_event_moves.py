"""An event that moves: its buyers are told by every means, and their tickets have the new facts."""

from __future__ import annotations

from typing import Any

from tests.support.client_api import ClientApi
from tests.support.mailbox import sent_mails
from tests.support.waiting import until
from tests.support.world import World

CHANGE = {"starts_at": "2099-12-24T12:30:00Z", "venue": "Gedung Baru", "time_zone": "Asia/Makassar"}


def test_a_buyer_is_told_and_gets_a_new_ticket_when_the_event_moves(world: World) -> None:
    buyer, waiter = world.buyer(), world.buyer("Bima Putra")
    booking = world.book_and_pay(buyer)
    world.await_document(buyer, booking.id)
    waiter.join_queue(world.seats[0].id)
    old = buyer.ticket(booking.id).sha256
    world.staff().change(f"/api/v1/events/{world.event.id}", CHANGE)

    until(
        lambda: buyer.call("GET", f"/api/v1/bookings/{booking.id}")["event"]["venue"],
        lambda venue: venue == "Gedung Baru",
        what="client has the new place",
    )
    until(lambda: buyer.ticket(booking.id).sha256, lambda sha256: sha256 != old, what="there is a new ticket")
    text = world.document_text(buyer, booking.id)
    assert "Gedung Baru" in text
    assert "24 Dec 2099" in text
    for who in (buyer, waiter):
        (note,) = until(lambda who=who: changes_told(who), what="the change is told")  # type: ignore[misc]
        assert "It now begins Thu 24 Dec 2099, 20:30 WITA." in note["body"]
        until(lambda who=who: is_mailed(world, who), what="an email about the change")  # type: ignore[misc]


def changes_told(who: ClientApi) -> list[dict[str, Any]]:
    return [note for note in who.notifications() if note["kind"] == "EVENT_CHANGED"]


def is_mailed(world: World, who: ClientApi) -> bool:
    return any(
        mail["To"] == who.account.email and mail["Subject"].startswith("The event has changed")
        for mail in sent_mails(world.stack.home / "mail")
    )
