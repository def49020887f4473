"""How many items of background work have failed, so that any process can show it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import work_failures
from ticketing.domain.work import Loop

LONGEST = 500


async def count_failure(connection: AsyncConnection, loop: Loop, item: str, error: str) -> None:
    """One more failure in `loop`; the newest one's item and error are kept beside the number."""
    newest = {"item": storable(item), "error": storable(error)}
    statement = insert(work_failures).values(loop=loop, failures=1, **newest)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["loop"],
            set_={"failures": work_failures.c.failures + 1, "failed_at": sa.func.now(), **newest},
        )
    )


async def count_failures(connection: AsyncConnection) -> dict[str, int]:
    """The number of failures of each loop, since the database was made."""
    rows = await connection.execute(sa.select(work_failures.c.loop, work_failures.c.failures))
    return {row.loop: row.failures for row in rows}


def storable(text: str) -> str:
    """`text` as PostgreSQL can store it, at most `LONGEST` characters."""
    return text[:LONGEST].replace("\x00", "").encode("utf-8", "replace").decode()
