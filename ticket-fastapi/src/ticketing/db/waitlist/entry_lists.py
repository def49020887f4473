"""Lists of waitlist entries: of a buyer, of an event, and of those whose sale is over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.catalogue import sales
from ticketing.db.tables import events, waitlist_entries
from ticketing.db.waitlist.entries import SELECT_ENTRY, read_entry
from ticketing.domain.waitlist import LIVE, EntryStatus, WaitlistEntry

entries = waitlist_entries


async def page_of_customer(
    connection: AsyncConnection,
    *,
    limit: int,
    customer_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    status: EntryStatus | None = None,
) -> list[WaitlistEntry]:
    """Returns entries, newest first, that are older than `before` (joined_at, id)."""
    query = SELECT_ENTRY.order_by(entries.c.joined_at.desc(), entries.c.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(entries.c.customer_id == customer_id)
    if status is not None:
        query = query.where(entries.c.status == status)
    if before is not None:
        query = query.where(sa.tuple_(entries.c.joined_at, entries.c.id) < before)
    return [read_entry(row) for row in (await connection.execute(query)).mappings()]


async def page_of_event(
    connection: AsyncConnection,
    event_id: UUID,
    *,
    limit: int,
    with_ended: bool = False,
    after: tuple[UUID, int] | None = None,
) -> list[WaitlistEntry]:
    """Returns the entries of an event, seat by seat in the order of each queue; without `with_ended`, live ones only.

    They follow `after`, a seat and a number in its queue. The two indexes that begin with event_id serve it.
    """
    order = (entries.c.seat_id, entries.c.queue_number)
    query = SELECT_ENTRY.where(entries.c.event_id == event_id).order_by(*order).limit(limit)
    if not with_ended:
        query = query.where(entries.c.status.in_(LIVE))
    if after is not None:
        query = query.where(sa.tuple_(*order) > after)
    return [read_entry(row) for row in (await connection.execute(query)).mappings()]


_is_stranded = sa.and_(entries.c.status == EntryStatus.WAITING, sales.is_over)


async def events_with_stranded(connection: AsyncConnection) -> list[UUID]:
    """Returns the events whose sale is over although somebody waits; their index on live entries serves it."""
    waits = sa.exists().where(entries.c.event_id == events.c.id, entries.c.status == EntryStatus.WAITING)
    return list((await connection.execute(sa.select(events.c.id).where(sales.is_over, waits))).scalars())


async def stranded(
    connection: AsyncConnection, event_id: UUID, *, after: tuple[UUID, int] | None, limit: int
) -> list[tuple[UUID, UUID, int]]:
    """Returns entries that wait for seats of the event: their ids, seats and numbers, those after a seat and number.

    The index on the live entries of events serves it, however many wait.
    """
    order = (entries.c.seat_id, entries.c.queue_number)
    query = sa.select(entries.c.id, *order).where(
        entries.c.event_id == event_id,
        entries.c.status == EntryStatus.WAITING,
        # The index is on live entries, of which these are some; the planner does not see that by itself.
        entries.c.status.in_(LIVE),
    )
    if after is not None:
        query = query.where(sa.tuple_(*order) > after)
    return [(row[0], row[1], row[2]) for row in await connection.execute(query.order_by(*order).limit(limit))]


async def lock_stranded(connection: AsyncConnection, entry_id: UUID) -> WaitlistEntry | None:
    """Locks and returns the entry if it still waits after the end of the sale; skips one that is locked."""
    query = SELECT_ENTRY.where(entries.c.id == entry_id, _is_stranded).with_for_update(
        of=entries, key_share=True, skip_locked=True
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    return read_entry(row) if row else None
