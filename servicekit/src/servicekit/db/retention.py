"""Deletes rows that are too old to be needed, a bounded number in each transaction, so that nothing waits for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

BATCH = 1000
"""The largest number of rows that one statement deletes."""

DeleteBatch = Callable[[AsyncConnection], Awaitable[int]]
"""Deletes at most `BATCH` old rows in the transaction of the connection, and returns how many."""


async def delete_batch(connection: AsyncConnection, table: sa.Table, is_old: sa.ColumnElement[bool]) -> int:
    """Deletes at most `BATCH` rows of which `is_old` holds, and returns how many; skips those that others lock."""
    key = list(table.primary_key.columns)
    picked = sa.select(*key).where(is_old).limit(BATCH).with_for_update(skip_locked=True)
    # Materialised, since the planner might otherwise run the subquery again and pick more rows.
    old = picked.cte("old").prefix_with("MATERIALIZED")
    deleted = await connection.execute(sa.delete(table).where(*(column == old.c[column.name] for column in key)))
    return deleted.rowcount


async def delete_in_batches(engine: AsyncEngine, delete: DeleteBatch) -> int:
    """Calls `delete` in transactions of its own until nothing old is left; returns how many rows it has deleted."""
    total = 0
    while True:
        async with engine.begin() as connection:
            deleted = await delete(connection)
        total += deleted
        if deleted < BATCH:
            return total
