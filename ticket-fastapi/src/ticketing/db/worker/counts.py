"""How much work is not finished, for the metrics."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import bookings, waitlist_entries
from ticketing.domain.waitlist import EntryStatus


async def count_unfinished_bookings(connection: AsyncConnection) -> dict[str, tuple[int, int]]:
    """Returns, for each status, how many bookings have a next step, and how many of these are a minute overdue."""
    overdue = bookings.c.next_step_at < sa.func.now() - timedelta(minutes=1)
    query = (
        sa.select(bookings.c.status, sa.func.count(), sa.func.count().filter(overdue))
        .where(bookings.c.next_step_at.is_not(None))
        .group_by(bookings.c.status)
    )
    return {row[0]: (row[1], row[2]) for row in await connection.execute(query)}


async def count_waiting(connection: AsyncConnection) -> int:
    """Returns how many waitlist entries are WAITING."""
    query = sa.select(sa.func.count()).where(waitlist_entries.c.status == EntryStatus.WAITING)
    return int((await connection.execute(query)).scalar_one())
