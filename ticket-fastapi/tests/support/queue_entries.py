"""Fills the queue of a seat with many entries at once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

FILL = sa.text("""
INSERT INTO waitlist_entries (id, seat_id, event_id, customer_id, customer_name, customer_email)
SELECT gen_random_uuid(), :seat, :event, gen_random_uuid(), 'Ayu Lestari', 'ayu@example.com'
FROM generate_series(1, :entries)
""")
AT_ONCE = 250
"""How many entries are added in one transaction.

Each changes the same counts, and PostgreSQL looks at all versions of a row that its transaction has made: the time of a
transaction grows with the square of its entries.
"""
UNEQUAL_BLOCKS = sa.text("""
SELECT seat_id, level, block, coalesce(waiting, 0) AS waiting, coalesce(counted, 0) AS counted
FROM waitlist_blocks FULL JOIN (
    SELECT seat_id, level, queue_number / (64 ^ level)::int AS block, count(*) AS counted
    FROM waitlist_entries, generate_series(1, 3) AS level WHERE status = 'WAITING' GROUP BY 1, 2, 3
) AS entries USING (seat_id, level, block)
WHERE coalesce(waiting, 0) <> coalesce(counted, 0)
""")


async def fill_queue(engine: AsyncEngine, seat: Any, event: Any, entries: int) -> None:
    """Adds entries of other buyers at the end of the queue, and tells the planner of them."""
    for begin in range(0, entries, AT_ONCE):
        async with engine.begin() as connection:
            some = min(AT_ONCE, entries - begin)
            await connection.execute(FILL, {"seat": seat["id"], "event": event["id"], "entries": some})
    async with engine.begin() as connection:
        await connection.exec_driver_sql("ANALYZE waitlist_entries, waitlist_blocks")


async def unequal_blocks(connection: AsyncConnection) -> list[sa.RowMapping]:
    """Returns the blocks whose number of waiting entries is not the counted one."""
    return list((await connection.execute(UNEQUAL_BLOCKS)).mappings())
