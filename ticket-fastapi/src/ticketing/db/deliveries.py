"""Outgoing webhooks to the client service: the rows that say what must still be told (DESIGN section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.jobs import enqueue
from ticketing.db.tables import bookings, webhook_attempts, webhook_deliveries
from ticketing.domain.delivery import AttemptOutcome, DeliveryState, Verdict
from ticketing.observability import current_trace

DELIVERY_JOB = "webhook.deliver"

DeliveryType = Literal["booking.updated", "waitlist.updated"]
_rows = webhook_deliveries


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery whose attempt number `attempt` is ours to make."""

    id: UUID
    type: str
    subject_id: UUID
    data: dict[str, Any]
    created_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A booking's newest document in the bucket."""

    kind: str
    key: str
    sha256: str


def attempt_job_key(delivery_id: UUID, attempts_made: int) -> str:
    """Names the job of one attempt: there is one for each, however often it is asked for."""
    return f"{DELIVERY_JOB}:{delivery_id}:{attempts_made}"


async def add_delivery(
    connection: AsyncConnection,
    *,
    type: DeliveryType,
    subject_id: UUID,
    subject_version: int,
    data: dict[str, Any],
) -> UUID:
    """Tell the client service of a change, at least once, if this transaction commits; answers the delivery's id.

    `data` is the whole representation. A document's link is left out here and filled in when sending, since it lives
    for minutes only.
    """
    delivery_id = uuid4()
    trace = current_trace()
    await connection.execute(
        sa.insert(_rows),
        {
            "id": delivery_id,
            "type": type,
            "subject_id": subject_id,
            "subject_version": subject_version,
            "data": data,
            "request_id": trace.request_id if trace else None,
            "traceparent": trace.traceparent if trace else None,
        },
    )
    await ask_for_attempt(connection, delivery_id, attempts_made=0)
    return delivery_id


async def ask_for_attempt(
    connection: AsyncConnection, delivery_id: UUID, *, attempts_made: int, after: timedelta | None = None
) -> None:
    """Have a worker make the attempt that follows `attempts_made`."""
    key = attempt_job_key(delivery_id, attempts_made)
    await enqueue(connection, DELIVERY_JOB, {"delivery_id": delivery_id}, after=after, dedupe_key=key)


async def claim_attempt(connection: AsyncConnection, delivery_id: UUID, lease: timedelta) -> ClaimedDelivery | None:
    """The next attempt, for us alone until `lease` is over; None when none is due (done, or another worker has it)."""
    statement = (
        sa.update(_rows)
        .where(_rows.c.id == delivery_id, _rows.c.state == "PENDING", _rows.c.next_attempt_at <= sa.func.now())
        .values(attempts=_rows.c.attempts + 1, next_attempt_at=sa.func.now() + lease)
        .returning(_rows.c.id, _rows.c.type, _rows.c.subject_id, _rows.c.data, _rows.c.created_at, _rows.c.attempts)
    )
    row = (await connection.execute(statement)).one_or_none()
    return ClaimedDelivery(*row) if row else None


async def record_attempt(
    connection: AsyncConnection, claimed: ClaimedDelivery, outcome: AttemptOutcome, verdict: Verdict
) -> None:
    """Store how the attempt went and what follows, with the job for the next attempt if there is one."""
    await connection.execute(
        sa.insert(webhook_attempts).values(
            delivery_id=claimed.id,
            number=claimed.attempt,
            status_code=outcome.status_code,
            latency_ms=outcome.latency_ms,
            error=outcome.error,
        )
    )
    changes: dict[str, Any] = {"state": verdict.state}
    if verdict.state is DeliveryState.DELIVERED:
        changes["delivered_at"] = sa.func.now()
    if verdict.retry_after is not None:
        changes["next_attempt_at"] = sa.func.now() + verdict.retry_after
    mine = sa.update(_rows).where(_rows.c.id == claimed.id)
    if verdict.state is not DeliveryState.DELIVERED:
        # A failure that comes late must not undo what a newer attempt found out; a success counts whenever it comes.
        mine = mine.where(_rows.c.attempts == claimed.attempt, _rows.c.state == "PENDING")
    changed = (await connection.execute(mine.values(changes))).rowcount
    if changed and verdict.retry_after is not None:
        await ask_for_attempt(connection, claimed.id, attempts_made=claimed.attempt, after=verdict.retry_after)


async def ask_for_overdue_attempts(connection: AsyncConnection, *, overdue: timedelta, limit: int) -> int:
    """Have workers make attempts that are due for so long that their jobs must be lost; answers how many."""
    query = (
        sa.select(_rows.c.id, _rows.c.attempts)
        .where(_rows.c.state == "PENDING", _rows.c.next_attempt_at < sa.func.now() - overdue)
        .order_by(_rows.c.next_attempt_at)
        .limit(limit)
    )
    due = (await connection.execute(query)).all()
    for row in due:
        await ask_for_attempt(connection, row.id, attempts_made=row.attempts)
    return len(due)


async def find_document(connection: AsyncConnection, booking_id: UUID) -> StoredDocument | None:
    """The booking's document as it is now; None when there is none."""
    columns = (bookings.c.document_kind, bookings.c.document_key, bookings.c.document_sha256)
    query = sa.select(*columns).where(bookings.c.id == booking_id, bookings.c.document_key.is_not(None))
    row = (await connection.execute(query)).one_or_none()
    return StoredDocument(*row) if row else None


async def count_deliveries(connection: AsyncConnection) -> dict[str, int]:
    """How many deliveries are in each state that still needs something."""
    states = ("PENDING", "DEAD")
    query = sa.select(_rows.c.state, sa.func.count()).where(_rows.c.state.in_(states)).group_by(_rows.c.state)
    rows = await connection.execute(query)
    return dict.fromkeys(states, 0) | {row[0]: row[1] for row in rows}
