"""Reads and writes events, and counts their seats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal
from uuid import UUID, uuid4

import sqlalchemy as sa
from servicekit.db.paging import Order
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import bookings, event_operations, events, organizers, seats
from ticketing.domain.booking import LIVE
from ticketing.domain.event import Event, EventChange, NewEvent, SeatCounts
from ticketing.domain.seat import SeatStatus

EventOrdering = Literal["starts_at", "-starts_at", "name", "-name", "created_at", "-created_at"]

_event = sa.select(
    *(column for column in events.c if column.name not in ("organizer_id", "facts_changed_at", "facts_due_at")),
    organizers.c.slug.label("organizer_slug"),
    organizers.c.name.label("organizer_name"),
).join_from(events, organizers)


async def list_events(
    connection: AsyncConnection,
    *,
    search: str | None,
    organizer: str | None,
    ordering: EventOrdering,
    after: tuple[Any, ...] | None,
    limit: int,
) -> list[Event]:
    """Returns events whose name, venue or description contains `search`, in this order, those after `after`."""
    query = _event
    if search:
        found_in = (events.c.name, events.c.venue, events.c.description)
        query = query.where(sa.or_(*(column.icontains(search, autoescape=True) for column in found_in)))
    if organizer:
        query = query.where(organizers.c.slug == organizer)
    order = Order([events.c[ordering.lstrip("-")], events.c.id], descending=ordering.startswith("-"))
    rows = await connection.execute(order.apply(query, after).limit(limit))
    return [Event(**row._mapping) for row in rows]


async def find_event(connection: AsyncConnection, event_id: UUID) -> Event | None:
    """Returns the event with this id; None if there is none."""
    row = (await connection.execute(_event.where(events.c.id == event_id))).one_or_none()
    return Event(**row._mapping) if row else None


async def lock_event(connection: AsyncConnection, event_id: UUID, *, against_bookings: bool) -> Event | None:
    """Locks the event until the end of the transaction and returns it, so that no other transaction changes it.

    With `against_bookings`, no booking can be added either.
    """
    # A booking's foreign key takes KEY SHARE, which waits for FOR UPDATE but not for FOR NO KEY UPDATE.
    query = _event.where(events.c.id == event_id).with_for_update(of=events, key_share=not against_bookings)
    row = (await connection.execute(query)).one_or_none()
    return Event(**row._mapping) if row else None


async def count_seats(connection: AsyncConnection, event_ids: Sequence[UUID]) -> dict[UUID, SeatCounts]:
    """Counts the seats of several events at once; leaves out events without seats."""
    if not event_ids:
        return {}

    def in_status(status: SeatStatus) -> sa.Label[int]:
        return sa.func.count().filter(seats.c.status == status).label(status.lower())

    query = (
        sa.select(
            seats.c.event_id,
            sa.func.count().label("total"),
            *(in_status(status) for status in SeatStatus),
            sa.func.min(seats.c.price).label("price_from"),
            sa.func.max(seats.c.price).label("price_to"),
        )
        .where(seats.c.event_id == sa.any_(sa.literal(list(event_ids), sa.ARRAY(sa.Uuid))))
        .group_by(seats.c.event_id)
    )
    rows = (await connection.execute(query)).mappings()
    return {row["event_id"]: SeatCounts(**{k: v for k, v in row.items() if k != "event_id"}) for row in rows}


async def insert_event(connection: AsyncConnection, organizer_id: UUID, new: NewEvent) -> UUID:
    """Creates an event and returns its id."""
    event_id = uuid4()
    columns = {name: value for name, value in asdict(new).items() if name != "organizer"}
    await connection.execute(sa.insert(events).values(id=event_id, organizer_id=organizer_id, **columns))
    return event_id


async def update_event(
    connection: AsyncConnection, event_id: UUID, change: EventChange, organizer_id: UUID | None, *, publish: bool
) -> None:
    """Changes an event; moves it to the organizer `organizer_id` unless that is None.

    With `publish`, the event is due: its bookings and waitlist entries are to be published again (`changed_events`).
    """
    columns = {name: value for name, value in asdict(change).items() if name != "organizer" and value is not None}
    if organizer_id is not None:
        columns["organizer_id"] = organizer_id
    if publish:
        columns |= {"facts_changed_at": sa.func.clock_timestamp(), "facts_due_at": sa.func.now()}
    await connection.execute(
        sa.update(events)
        .where(events.c.id == event_id)
        .values(**columns, version=events.c.version + 1, updated_at=sa.func.now())
    )


async def count_bookings(connection: AsyncConnection, event_id: UUID) -> tuple[int, int]:
    """Returns how many bookings the event has: those that are live or not fully released, and all."""
    live = sa.or_(
        bookings.c.status.in_(LIVE),
        bookings.c.next_step_at.is_not(None),
    )
    query = sa.select(sa.func.count().filter(live), sa.func.count()).where(bookings.c.event_id == event_id)
    alive, total = (await connection.execute(query)).one()
    return alive, total


async def delete_event(connection: AsyncConnection, event_id: UUID) -> None:
    """Deletes an event without bookings, and its seats."""
    await connection.execute(sa.delete(event_operations).where(event_operations.c.event_id == event_id))
    await connection.execute(sa.delete(events).where(events.c.id == event_id))
