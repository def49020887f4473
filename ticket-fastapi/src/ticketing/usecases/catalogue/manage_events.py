"""Creates, reads, changes and deletes events."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from servicekit.errors import WrongFieldError
from servicekit.versions import ExpectedVersion, require_version
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import audit
from ticketing.db.audit import AuditEntry
from ticketing.db.catalogue import events
from ticketing.db.catalogue.organizers import organizer_for_event
from ticketing.domain.event import (
    PUBLISHED_WITH_BOOKINGS,
    Event,
    EventChange,
    EventHasBookingsError,
    EventHasLiveBookingsError,
    EventNotFoundError,
    NewEvent,
    SeatCounts,
)
from ticketing.domain.sale import check_sale_times


@dataclass(frozen=True, slots=True)
class EventWithSeats:
    """An event, with the numbers of its seats by status."""

    event: Event
    seats: SeatCounts


async def with_seats(connection: AsyncConnection, found: list[Event]) -> list[EventWithSeats]:
    """Returns each event with the numbers of its seats, which one statement counts."""
    counts = await events.count_seats(connection, [event.id for event in found])
    return [EventWithSeats(event, counts.get(event.id, SeatCounts())) for event in found]


async def find_event(connection: AsyncConnection, event_id: UUID) -> EventWithSeats:
    """Returns the event; raises EventNotFoundError if there is none."""
    event = await events.find_event(connection, event_id)
    if event is None:
        raise _unknown(event_id)
    return (await with_seats(connection, [event]))[0]


async def add_event(connection: AsyncConnection, new: NewEvent) -> EventWithSeats:
    """Creates an event without seats; its organizer must exist."""
    check_sale_times(new.sales_open_at, new.sales_close_at)
    organizer_id = await _organizer_id(connection, new.organizer)
    return await find_event(connection, await events.insert_event(connection, organizer_id, new))


async def change_event(
    connection: AsyncConnection, event_id: UUID, change: EventChange, expected: ExpectedVersion | None, *, actor: str
) -> EventWithSeats:
    """Changes and returns the event, if it has the expected version.

    The new values are checked together with those that stay.

    If it moves or is called otherwise, a worker publishes that with its bookings and waitlist entries. Raises
    EventHasBookingsError if the organizer or the currency would change although the event has bookings, because holds
    and invoices name them.
    """
    event = await _lock_version(connection, event_id, expected)
    check_sale_times(change.sales_open_at or event.sales_open_at, change.sales_close_at or event.sales_close_at)
    new_organizer = None if change.organizer == event.organizer_slug else change.organizer
    new_currency = None if change.currency == event.currency else change.currency
    if (new_organizer or new_currency) and (await events.count_bookings(connection, event_id))[1]:
        raise EventHasBookingsError("The organizer and the currency cannot change once there are bookings.")
    organizer_id = await _organizer_id(connection, new_organizer) if new_organizer else None
    differences = change.differences(event)
    if differences:
        await events.update_event(
            connection, event_id, change, organizer_id, publish=not PUBLISHED_WITH_BOOKINGS.isdisjoint(differences)
        )
        detail: dict[str, object] = {name: list(values) for name, values in differences.items()}
        await audit.record(connection, [AuditEntry("event", event_id, None, actor, "CHANGE_EVENT", detail=detail)])
    return await find_event(connection, event_id)


async def remove_event(connection: AsyncConnection, event_id: UUID, expected: ExpectedVersion | None) -> None:
    """Deletes an event and its seats, if it has the expected version.

    Raises if it has live bookings, or ended ones, whose record must stay.
    """
    await _lock_version(connection, event_id, expected)
    live, total = await events.count_bookings(connection, event_id)
    if live:
        raise EventHasLiveBookingsError(
            f"The event has {live} live bookings; cancel the event first.", live_bookings=live
        )
    if total:
        raise EventHasBookingsError(f"The event has {total} ended bookings, whose record must stay.")
    await events.delete_event(connection, event_id)


async def _lock_version(connection: AsyncConnection, event_id: UUID, expected: ExpectedVersion | None) -> Event:
    event = await events.lock_event(connection, event_id, against_bookings=True)
    if event is None:
        raise _unknown(event_id)
    require_version(expected, event.version)
    return event


async def _organizer_id(connection: AsyncConnection, slug: str) -> UUID:
    organizer_id = await organizer_for_event(connection, slug)
    if organizer_id is None:
        raise WrongFieldError("organizer", "organizer_unknown", f"There is no organizer {slug}.")
    return organizer_id


def _unknown(event_id: UUID) -> EventNotFoundError:
    return EventNotFoundError(f"There is no event {event_id}.")
