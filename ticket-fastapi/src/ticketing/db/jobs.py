"""Background jobs, enqueued in the caller's transaction (DESIGN section 5)."""

from __future__ import annotations

from datetime import timedelta

from pgqueuer import Queries
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.engine import driver_in_transaction
from ticketing.observability import trace_headers


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
    driver = await driver_in_transaction(connection)
    await Queries.from_asyncpg_connection(driver).enqueue(
        job,
        to_json(payload),
        execute_after=after,
        dedupe_key=dedupe_key,
        headers=trace_headers() or None,
        on_conflict="skip",
    )
