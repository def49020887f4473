"""Outgoing webhooks: the rows that say what must still be told (DESIGN section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.jobs import enqueue
from payments.db.postponed_work import is_not_postponed
from payments.db.tables import webhook_attempts
from payments.db.tables import webhook_deliveries as rows
from payments.domain.delivery import AttemptOutcome, DeliveryState, Verdict
from payments.observability import Trace, current_trace

DELIVERY_JOB = "webhook.deliver"


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery whose attempt number `attempt` is ours to make; `round_began_after` attempts are of earlier rounds."""

    id: UUID
    type: str
    body: str
    attempt: int
    round_began_after: int
    request_id: str
    traceparent: str

    @property
    def trace(self) -> Trace:
        """The request that caused it."""
        return Trace(self.request_id, self.traceparent)


async def add_delivery(connection: AsyncConnection, *, type: str, invoice_number: str, body: str) -> UUID:
    """Tell of a change, at least once, if this transaction commits; answers the delivery's id."""
    delivery_id = uuid4()
    trace = current_trace()
    values = {"id": delivery_id, "type": type, "invoice_number": invoice_number, "body": body}
    await connection.execute(
        sa.insert(rows).values(**values, request_id=trace.request_id, traceparent=trace.traceparent)
    )
    await ask_for_attempt(connection, delivery_id, attempts_made=0)
    return delivery_id


async def ask_for_attempt(
    connection: AsyncConnection, delivery_id: UUID, *, attempts_made: int, after: timedelta | None = None
) -> None:
    """Have a worker make the attempt that follows `attempts_made`; one job for each, however often it is asked for."""
    key = f"{DELIVERY_JOB}:{delivery_id}:{attempts_made}"
    await enqueue(connection, DELIVERY_JOB, {"delivery_id": delivery_id}, after=after, dedupe_key=key)


async def claim_attempt(connection: AsyncConnection, delivery_id: UUID, lease: timedelta) -> ClaimedDelivery | None:
    """The next attempt, for us alone until `lease` is over; None when none is due (done, or another worker has it)."""
    statement = (
        sa.update(rows)
        .where(rows.c.id == delivery_id, _is_due())
        .values(attempts=rows.c.attempts + 1, next_attempt_at=sa.func.now() + lease, held=False)
        .returning(
            rows.c.id,
            rows.c.type,
            rows.c.body,
            rows.c.attempts,
            rows.c.round_began_after,
            rows.c.request_id,
            rows.c.traceparent,
        )
    )
    row = (await connection.execute(statement)).one_or_none()
    return ClaimedDelivery(*row) if row else None


def _is_due(overdue: timedelta = timedelta()) -> sa.ColumnElement[bool]:
    return sa.and_(rows.c.state == DeliveryState.PENDING, rows.c.next_attempt_at <= sa.func.now() - overdue)


async def hold_back(connection: AsyncConnection, delivery_id: UUID, until_looked_at: timedelta) -> None:
    """Make no attempt while sending is disabled; it is looked at again then, or as soon as sending is enabled."""
    await connection.execute(
        sa.update(rows)
        .where(rows.c.id == delivery_id, _is_due())
        .values(held=True, next_attempt_at=sa.func.now() + until_looked_at)
    )


async def let_go(connection: AsyncConnection) -> int:
    """Have everything attempted that was held back; answers how many that were."""
    statement = (
        sa.update(rows)
        .where(rows.c.state == DeliveryState.PENDING, rows.c.held)
        .values(held=False, next_attempt_at=sa.func.now())
        .returning(rows.c.id, rows.c.attempts)
    )
    released = (await connection.execute(statement)).all()
    for row in released:
        await ask_for_attempt(connection, row.id, attempts_made=row.attempts)
    return len(released)


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
    changes: dict[str, Any] = {"state": verdict.state, "next_attempt_at": None}
    if verdict.state is DeliveryState.DELIVERED:
        changes["delivered_at"] = sa.func.now()
    if verdict.retry_after is not None:
        changes["next_attempt_at"] = sa.func.now() + verdict.retry_after
    mine = sa.update(rows).where(rows.c.id == claimed.id)
    if verdict.state is not DeliveryState.DELIVERED:
        # A failure that comes late must not undo what a newer attempt found out; a success counts whenever it comes.
        mine = mine.where(rows.c.attempts == claimed.attempt, rows.c.state == DeliveryState.PENDING)
    changed = (await connection.execute(mine.values(changes))).rowcount
    if changed and verdict.retry_after is not None:
        await ask_for_attempt(connection, claimed.id, attempts_made=claimed.attempt, after=verdict.retry_after)


async def overdue_deliveries(connection: AsyncConnection, kind: str, *, overdue: timedelta, limit: int) -> list[UUID]:
    """Deliveries whose attempt is due for so long that its job must be lost.

    Left out is what was put off as work of this `kind`.
    """
    wanted = sa.select(rows.c.id).where(_is_due(overdue), is_not_postponed(kind, sa.cast(rows.c.id, sa.Text)))
    query = wanted.order_by(rows.c.next_attempt_at).limit(limit)
    return list((await connection.execute(query)).scalars())


async def count_deliveries(connection: AsyncConnection) -> dict[str, int]:
    """How many deliveries are in each state that still needs something."""
    states = (DeliveryState.PENDING, DeliveryState.DEAD)
    query = sa.select(rows.c.state, sa.func.count()).where(rows.c.state.in_(states)).group_by(rows.c.state)
    found = await connection.execute(query)
    return {state.value: 0 for state in states} | {row[0]: row[1] for row in found}
