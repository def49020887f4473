"""Counts failed items of background work in the database, so that every process can report them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import work_failures
from ticketing.domain.work import Loop

LONGEST = 500


async def count_failure(connection: AsyncConnection, loop: Loop, item: str, error: str) -> None:
    """Counts one more failure in `loop`, and stores its item and error."""
    newest = {"item": storable(item), "error": storable(error)}
    statement = insert(work_failures).values(loop=loop, failures=1, **newest)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["loop"],
            set_={"failures": work_failures.c.failures + 1, "failed_at": sa.func.now(), **newest},
        )
    )


async def count_failures(connection: AsyncConnection) -> dict[str, int]:
    """Returns the number of failures of each loop since the database was created."""
    rows = await connection.execute(sa.select(work_failures.c.loop, work_failures.c.failures))
    return {row.loop: row.failures for row in rows}


def storable(text: str) -> str:
    """Returns `text` without characters that PostgreSQL cannot store, at most `LONGEST` of them."""
    return text[:LONGEST].replace("\x00", "").encode("utf-8", "replace").decode()
