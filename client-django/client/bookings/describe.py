"""Looks up the event and the seats of a booking, for the history of bookings that ticket never stored.

A booking does not wait for its description: what is unknown is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from pydantic import JsonValue

from client.bookings.models import Booking
from client.catalog import descriptions
from client.domain.errors import DomainError
from client.outgoing.deadline import within
from client.ticket_api import calls as ticket

LOOK_UP_SECONDS = 2.0
Described = dict[str, JsonValue]


def describe(*, event_id: UUID, seat_ids: Sequence[UUID]) -> tuple[Described, list[Described]]:
    """Describes event and seats from what this process has recently read of the catalogue. Calls nobody."""
    unknown: Described = dict.fromkeys(("name", "venue", "time_zone", "starts_at"))
    event = descriptions.event(event_id) or {"id": str(event_id), **unknown}
    return event, [descriptions.seat(seat_id) or {"id": str(seat_id)} for seat_id in seat_ids]


def is_described(event: Mapping[str, JsonValue], seats: Iterable[Mapping[str, JsonValue]]) -> bool:
    return bool(event.get("name")) and all(seat.get("section") for seat in seats)


def fill_in_description(*, booking_id: UUID) -> None:
    """Completes the description of a booking that ticket has just refused. Asks ticket, with a short deadline."""
    booking = Booking.objects.get(id=booking_id)
    if is_described(booking.event, booking.seats):
        return
    seat_ids = [UUID(seat["id"]) for seat in booking.seats]
    # What ticket did not answer in time is left out; the known part is stored.
    with within(LOOK_UP_SECONDS), suppress(DomainError):
        if descriptions.event(booking.event_id) is None:
            descriptions.remember_event(ticket.fetch_event(booking.event_id))
        for seat_id in seat_ids:
            if descriptions.seat(seat_id) is None:
                descriptions.remember_seats([ticket.fetch_seat(booking.event_id, seat_id)])
    event, seats = describe(event_id=booking.event_id, seat_ids=seat_ids)
    Booking.objects.filter(id=booking_id, version=0).update(event=event, seats=seats)
