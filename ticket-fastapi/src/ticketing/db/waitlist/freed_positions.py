"""Positions that an entry has left: its row says when the new positions of those behind it are published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from servicekit.db.due_rows import DueRows
from servicekit.lanes import Work
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import waitlist_entries
from ticketing.db.webhooks.deliveries import traces_of

rows = waitlist_entries.c
DUE = DueRows(rows.id, rows.positions_due_at)


@dataclass(frozen=True, slots=True)
class FreedPosition:
    """The position of an entry that left its queue at `freed_at`; other workers skip it before `until`."""

    entry_id: UUID
    seat_id: UUID
    joined_at: datetime
    freed_at: datetime
    until: datetime


async def claim_due(connection: AsyncConnection, *, lease: timedelta, limit: int) -> list[Work[FreedPosition]]:
    """Claims at most `limit` positions that are due; other workers skip them until the lease expires."""
    columns = (rows.id, rows.seat_id, rows.joined_at, rows.updated_at, rows.positions_due_at)
    rows_claimed = await DUE.claim(connection, *columns, lease=lease, limit=limit)
    claimed = [FreedPosition(row[0], row[1], row[2], row[3], row[4]) for row in rows_claimed]
    traces = await traces_of(connection, [freed.entry_id for freed in claimed])
    return [Work(freed, str(freed.entry_id), traces[freed.entry_id]) for freed in claimed]


async def set_due(connection: AsyncConnection, freed: FreedPosition, after: timedelta | None) -> None:
    """Sets when the positions behind are published again; None if they have been published or are given up."""
    await connection.execute(
        sa.update(waitlist_entries)
        .where(rows.id == freed.entry_id, rows.positions_due_at == freed.until)
        .values(positions_due_at=None if after is None else sa.func.clock_timestamp() + after)
    )
