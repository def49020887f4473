"""Payment attempts that are under way: one per invoice, with the outcome that was drawn when it began."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa
from servicekit.tracing import current_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import payment_attempts as rows
from payments.domain.chance import Outcome


async def start(connection: AsyncConnection, invoice_number: str, outcome: Outcome, duration: timedelta) -> None:
    """Stores an attempt that a worker settles with `outcome` after `duration`."""
    due_at, trace = sa.func.now() + duration, current_trace()
    attempt = {"id": uuid4(), "invoice_number": invoice_number, "outcome": outcome, "due_at": due_at}
    traced = {"request_id": trace.request_id, "traceparent": trace.traceparent}
    await connection.execute(sa.insert(rows).values({**attempt, **traced}))


async def finish(connection: AsyncConnection, invoice_number: str) -> Outcome | None:
    """Deletes the invoice's attempt, which is settled now, and returns its outcome; None if it was settled before."""
    statement = sa.delete(rows).where(rows.c.invoice_number == invoice_number, rows.c.finished_at.is_(None))
    outcome = (await connection.execute(statement.returning(rows.c.outcome))).scalar_one_or_none()
    return Outcome(outcome) if outcome else None
