"""Payment attempts: one per invoice, its outcome drawn when it begins."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.postponed_work import is_not_postponed
from payments.db.tables import payment_attempts as rows
from payments.domain.chance import Outcome


async def start(connection: AsyncConnection, invoice_number: str, outcome: Outcome, duration: timedelta) -> None:
    """Store an attempt that ends with `outcome` after `duration`."""
    due_at = sa.func.now() + duration
    await connection.execute(
        sa.insert(rows).values(id=uuid4(), invoice_number=invoice_number, outcome=outcome, due_at=due_at)
    )


async def finish(connection: AsyncConnection, invoice_number: str) -> Outcome | None:
    """End the attempt and say how; None when it has ended before."""
    statement = (
        sa.update(rows)
        .where(rows.c.invoice_number == invoice_number, rows.c.finished_at.is_(None))
        .values(finished_at=sa.func.clock_timestamp())
        .returning(rows.c.outcome)
    )
    outcome = (await connection.execute(statement)).scalar_one_or_none()
    return Outcome(outcome) if outcome else None


async def overdue_attempts(connection: AsyncConnection, kind: str, *, overdue: timedelta, limit: int) -> list[str]:
    """Invoices whose attempt should have ended so long ago that its job must be lost.

    Left out is what was put off as work of this `kind`.
    """
    query = (
        sa.select(rows.c.invoice_number)
        .where(rows.c.finished_at.is_(None), rows.c.due_at <= sa.func.now() - overdue)
        .where(is_not_postponed(kind, rows.c.invoice_number))
        .order_by(rows.c.due_at)
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())
