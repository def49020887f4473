"""What may be removed, and when; and how much work is waiting."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import bookings, waitlist_entries, webhook_inbox

WEBHOOKS_KEPT = timedelta(days=30)
"""Far longer than a sender keeps trying, so that none can have its effect twice."""


async def forget_old_webhooks(connection: AsyncConnection) -> None:
    """Remove ids of webhooks that nobody sends any more."""
    await connection.execute(
        sa.delete(webhook_inbox).where(webhook_inbox.c.received_at < sa.func.now() - WEBHOOKS_KEPT)
    )


async def count_unfinished_bookings(connection: AsyncConnection) -> dict[str, tuple[int, int]]:
    """For each status, how many bookings have something left to do, and of how many that is a minute overdue."""
    overdue = bookings.c.next_step_at < sa.func.now() - timedelta(minutes=1)
    query = (
        sa.select(bookings.c.status, sa.func.count(), sa.func.count().filter(overdue))
        .where(bookings.c.next_step_at.is_not(None))
        .group_by(bookings.c.status)
    )
    return {row[0]: (row[1], row[2]) for row in await connection.execute(query)}


async def count_waiting(connection: AsyncConnection) -> int:
    """How many waitlist entries are WAITING."""
    query = sa.select(sa.func.count()).where(waitlist_entries.c.status == "WAITING")
    return int((await connection.execute(query)).scalar_one())
