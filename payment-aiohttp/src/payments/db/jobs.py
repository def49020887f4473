"""Background jobs, enqueued in the caller's transaction (DESIGN section 5)."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from pgqueuer import Queries
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.observability import current_trace


async def enqueue(
    connection: AsyncConnection,
    job: str,
    payload: dict[str, object],
    *,
    after: timedelta | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Enqueue `job`; it exists if, and only if, the transaction of `connection` commits.

    `after` delays it from the start of the transaction. While a job with the same `dedupe_key` is queued or running,
    this is skipped. The job carries the ids of the request that runs now.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise ConnectionError("the connection is closed")
    if not driver.is_in_transaction():
        # SQLAlchemy says BEGIN only with the first statement that it executes itself; before it, this job would commit
        # on its own.
        await connection.execute(sa.text("SELECT 1"))
    await Queries.from_asyncpg_connection(driver).enqueue(
        job,
        to_json(payload),
        execute_after=after,
        dedupe_key=dedupe_key,
        headers=dict(current_trace().headers()),
        on_conflict="skip",
    )
