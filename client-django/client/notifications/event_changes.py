"""Writes the message that an event has moved or is called otherwise."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue
from servicekit.times import format_moment, require_instant

from client.bookings.models import Booking
from client.bookings.time_zone import zone_of_event
from client.domain.booking import BookingStatus
from client.domain.seat import seat_label
from client.domain.waitlist import WaitlistStatus
from client.notifications.kinds import NotificationKind
from client.notifications.services import Message
from client.ticket_api.models import TicketWaitlistEntry

EventFacts = Mapping[str, JsonValue]
"""What ticket said about an event: name, venue, time zone and start."""


def of_booking(booking: Booking, previous: EventFacts) -> Message | None:
    """Returns the message; None if the buyer knows the event as it is, or has no seats any more."""
    seats = "; ".join(seat_label(seat) for seat in booking.seats)
    closings = {
        BookingStatus.BOOKED: f"Your seats stay yours: {seats}. A new ticket replaces the one that you have; "
        "please use the new one.",
        BookingStatus.AWAITING_PAYMENT: f"We still hold your seats: {seats}.",
    }
    closing = closings.get(BookingStatus(booking.status))
    return None if closing is None else _message(previous, booking.event, closing)


def of_waitlist(entry: TicketWaitlistEntry, previous: EventFacts) -> Message | None:
    """Returns the message to somebody who waits in a queue; None if nothing has changed for them."""
    if entry.status != WaitlistStatus.WAITING:
        return None
    closing = f"You keep your place in the queue for {seat_label(entry.seat.model_dump())}."
    return _message(previous, entry.event.model_dump(mode="json"), closing)


def _message(previous: EventFacts, event: EventFacts, closing: str) -> Message | None:
    changes = list(_changes(previous, event))
    if not changes:
        return None
    name = event.get("name") or "your event"
    return Message(
        kind=NotificationKind.EVENT_CHANGED,
        title=f"The event has changed: {name}",
        body="\n".join([f"{name} has changed.", *changes, "", closing]),
        by_email=True,
    )


def _changes(previous: EventFacts, event: EventFacts) -> Iterator[str]:
    """Yields a sentence for each difference. A fact that was not known before is no change."""
    before, now = _begins(previous), _begins(event)
    if before and now and before != now:
        yield f"It now begins {now}. Before, it was {before}."
    for fact, sentence in (
        ("venue", "It now takes place here: {now}. Before, it was here: {before}."),
        ("name", "It is now called {now}. Before, it was called {before}."),
    ):
        if previous.get(fact) and event.get(fact) and previous[fact] != event[fact]:
            yield sentence.format(now=event[fact], before=previous[fact])


def _begins(event: EventFacts) -> str | None:
    """Returns the start in the venue's time, in words."""
    at = event.get("starts_at")
    return format_moment(require_instant(at), zone_of_event(event)) if at else None
