"""Events whose facts have changed, and the bookings and waitlist entries that were last published with the old ones.

A new version of such a row is published with the new facts. The event is locked meanwhile (shared), so that the time of
the change and the time of the publication are in the right order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from servicekit.db.due_rows import DueRows
from servicekit.lanes import Work
from servicekit.tracing import new_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import bookings, events, waitlist_entries
from ticketing.db.waitlist import entries
from ticketing.domain.booking import LIVE, BookingStatus, DocumentKind
from ticketing.domain.waitlist import LIVE as LIVE_ENTRIES
from ticketing.domain.waitlist import WaitlistEntry

DUE = DueRows(events.c.id, events.c.facts_due_at)
NOW = sa.func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class ChangedEvent:
    """An event whose facts changed at `changed_at`; other workers skip it before `until`."""

    id: UUID
    changed_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class OutdatedRow:
    """A booking or entry with old facts; `place` is where it stands in the order of a list."""

    id: UUID
    place: tuple[Any, ...]


async def claim_due(connection: AsyncConnection, *, lease: timedelta, limit: int) -> list[Work[ChangedEvent]]:
    """Claims at most `limit` changed events that are due; other workers skip them until the lease expires."""
    columns = (events.c.id, events.c.facts_changed_at, events.c.facts_due_at)
    claimed = [ChangedEvent(*row) for row in await DUE.claim(connection, *columns, lease=lease, limit=limit)]
    return [Work(event, str(event.id), new_trace()) for event in claimed]


async def set_due(connection: AsyncConnection, event: ChangedEvent, after: timedelta | None) -> ChangedEvent | None:
    """Sets when the event is due again, None if all is done.

    Returns the event with its new due time; None if it has none, or if the event has changed again since the claim.
    """
    changed = await connection.execute(
        sa.update(events)
        .where(events.c.id == event.id, events.c.facts_due_at == event.until)
        .values(facts_due_at=None if after is None else NOW + after)
        .returning(events.c.facts_due_at)
    )
    until: datetime | None = changed.scalar_one_or_none()
    return None if until is None else ChangedEvent(event.id, event.changed_at, until)


def _not_published_since(
    changed_at: datetime, made_at: sa.Column[Any], published_at: sa.Column[Any]
) -> sa.ColumnElement[bool]:
    return sa.and_(made_at <= changed_at, sa.or_(published_at.is_(None), published_at < changed_at))


async def outdated_bookings(
    connection: AsyncConnection, event: ChangedEvent, *, after: Sequence[Any] | None, limit: int
) -> list[OutdatedRow]:
    """Returns live bookings not published since the change, those after `after`; ix_bookings_event serves it."""
    order = (bookings.c.created_at, bookings.c.id)
    query = sa.select(bookings.c.id, *order).where(
        bookings.c.event_id == event.id,
        bookings.c.status.in_(LIVE),
        _not_published_since(event.changed_at, bookings.c.created_at, bookings.c.facts_published_at),
    )
    return await _page(connection, query, order, after, limit)


async def outdated_entries(
    connection: AsyncConnection, event: ChangedEvent, *, after: Sequence[Any] | None, limit: int
) -> list[OutdatedRow]:
    """Returns live waitlist entries not published since the change, those after `after`; their index serves it."""
    order = (waitlist_entries.c.seat_id, waitlist_entries.c.queue_number)
    query = sa.select(waitlist_entries.c.id, *order).where(
        waitlist_entries.c.event_id == event.id,
        waitlist_entries.c.status.in_(LIVE_ENTRIES),
        _not_published_since(event.changed_at, waitlist_entries.c.joined_at, waitlist_entries.c.facts_published_at),
    )
    return await _page(connection, query, order, after, limit)


async def outdated_documents(
    connection: AsyncConnection, event: ChangedEvent, *, after: Sequence[Any] | None, limit: int
) -> list[OutdatedRow]:
    """Returns the paid bookings whose document is older than the change, those after `after`."""
    order = (bookings.c.created_at, bookings.c.id)
    made_at = bookings.c.document_made_at
    query = sa.select(bookings.c.id, *order).where(
        bookings.c.event_id == event.id,
        bookings.c.created_at <= event.changed_at,
        bookings.c.status == BookingStatus.BOOKED,
        bookings.c.document_kind == DocumentKind.CONFIRMATION,
        sa.or_(made_at.is_(None), made_at < event.changed_at),
    )
    return await _page(connection, query, order, after, limit)


async def _page(
    connection: AsyncConnection,
    query: sa.Select[Any],
    order: Sequence[sa.Column[Any]],
    after: Sequence[Any] | None,
    limit: int,
) -> list[OutdatedRow]:
    if after is not None:
        query = query.where(sa.tuple_(*order) > tuple(after))
    rows = await connection.execute(query.order_by(*order).limit(limit))
    return [OutdatedRow(row[0], tuple(row[1:])) for row in rows]


async def mark_booking_published(connection: AsyncConnection, booking_id: UUID) -> None:
    """Records that the current facts of the event, which must be locked, are published with the booking."""
    await connection.execute(sa.update(bookings).where(bookings.c.id == booking_id).values(facts_published_at=NOW))


async def mark_entry_published(connection: AsyncConnection, entry_id: UUID) -> WaitlistEntry | None:
    """Gives a live entry a new version, and records that the current facts of the event are published with it.

    Returns it; None if it has ended. The event must be locked.
    """
    published = await connection.execute(
        sa.update(waitlist_entries)
        .where(waitlist_entries.c.id == entry_id, waitlist_entries.c.status.in_(LIVE_ENTRIES))
        .values(facts_published_at=NOW, version=waitlist_entries.c.version + 1, updated_at=sa.func.now())
    )
    return await entries.require(connection, entry_id) if published.rowcount else None
