"""Background jobs, enqueued in the caller's transaction (DESIGN section 5); the rows are PgQueuer's."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from pgqueuer import Queries
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.engine import driver_in_transaction
from servicekit.tracing import current_trace

KEPT = timedelta(days=7)
"""How long PgQueuer's records of ended jobs are kept."""


async def enqueue(
    connection: AsyncConnection,
    job: str,
    payload: dict[str, object],
    *,
    after: timedelta | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Enqueues `job`; it exists if, and only if, the transaction of `connection` commits.

    `after` delays it from the start of the transaction. While a job with the same `dedupe_key` is queued or running,
    this is skipped. The job carries the ids of the request that runs now.
    """
    driver = await driver_in_transaction(connection)
    await Queries.from_asyncpg_connection(driver).enqueue(
        job,
        to_json(payload),
        execute_after=after,
        dedupe_key=dedupe_key,
        headers=dict(current_trace().headers()),
        on_conflict="skip",
    )


async def forget_old_jobs(connection: AsyncConnection) -> None:
    """Removes PgQueuer's records of jobs that ended long ago."""
    for table in ("pgqueuer_log", "pgqueuer_statistics"):
        await connection.execute(
            sa.text(f"DELETE FROM {table} WHERE created < now() - CAST(:kept AS interval)"),  # noqa: S608 - constants
            {"kept": KEPT},
        )


async def count_jobs(connection: AsyncConnection) -> dict[str, int]:
    """How many jobs are queued (due or not yet) and picked (being done)."""
    rows = await connection.execute(sa.text("SELECT status::text, count(*) FROM pgqueuer GROUP BY status"))
    return {"queued": 0, "picked": 0} | {row[0]: row[1] for row in rows}
