"""What may be removed, and when; and how much work is waiting."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

JOBS_KEPT = timedelta(days=7)


async def forget_old_jobs(connection: AsyncConnection) -> None:
    """Remove PgQueuer's records of jobs that ended long ago."""
    for table in ("pgqueuer_log", "pgqueuer_statistics"):
        await connection.execute(
            sa.text(f"DELETE FROM {table} WHERE created < now() - CAST(:kept AS interval)"),  # noqa: S608 - constants
            {"kept": JOBS_KEPT},
        )


async def count_jobs(connection: AsyncConnection) -> dict[str, int]:
    """How many jobs are queued (due or not yet) and picked (being done)."""
    rows = await connection.execute(sa.text("SELECT status::text, count(*) FROM pgqueuer GROUP BY status"))
    return {"queued": 0, "picked": 0} | {row[0]: row[1] for row in rows}
