"""Tombstones of booking ids that were given up before a booking existed under them (docs/adr/0029).

The trigger `refuse_abandoned` (`migrations/versions/0017_triggers.sql`) is the other half: it refuses a booking whose
id has a tombstone.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from servicekit.db.retention import delete_batch
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import abandoned_bookings

KEPT = timedelta(days=30)
"""Far longer than a request can lie unread: it is lost with the process that has not read it."""


async def lock_id(connection: AsyncConnection, booking_id: UUID) -> None:
    """Locks the id until the transaction ends: waits for a booking that is being inserted, and makes later ones wait.

    What was committed before is seen only by the statements after this one.
    """
    name = sa.func.hashtextextended(f"booking {booking_id}", 0)
    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))


async def add(connection: AsyncConnection, booking_id: UUID) -> None:
    """Adds the tombstone, unless there is one. The id must be locked, and no booking may have it."""
    await connection.execute(insert(abandoned_bookings).values(id=booking_id).on_conflict_do_nothing())


async def contains(connection: AsyncConnection, booking_id: UUID) -> bool:
    """Returns whether the id was given up."""
    query = sa.select(sa.exists().where(abandoned_bookings.c.id == booking_id))
    return bool((await connection.execute(query)).scalar_one())


async def delete_old_tombstones(connection: AsyncConnection) -> int:
    """Deletes tombstones that are older than `KEPT`, at most `BATCH`; returns how many."""
    is_old = abandoned_bookings.c.abandoned_at < sa.func.now() - KEPT
    return await delete_batch(connection, abandoned_bookings, is_old)
