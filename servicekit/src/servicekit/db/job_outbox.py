"""An outbox each of whose attempts has a job of PgQueuer."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.jobs import enqueue
from servicekit.db.outbox import Outbox

DELIVERY_JOB = "webhook.deliver"

Message = TypeVar("Message")


def attempt_job_key(delivery_id: UUID, attempts_made: int) -> str:
    """Names the job of one attempt: there is one for each, however often it is asked for."""
    return f"{DELIVERY_JOB}:{delivery_id}:{attempts_made}"


class JobOutbox(Outbox[Message]):
    """Has a worker make each attempt by a job, enqueued in the transaction that makes the attempt due."""

    async def ask_for_attempt(
        self, connection: AsyncConnection, delivery_id: UUID, *, attempts_made: int, after: timedelta | None = None
    ) -> None:
        """Has a worker make the attempt that follows `attempts_made`; one job for each, however often it is asked."""
        key = attempt_job_key(delivery_id, attempts_made)
        await enqueue(connection, DELIVERY_JOB, {"delivery_id": delivery_id}, after=after, dedupe_key=key)
