"""Requested refunds: one per invoice."""

from __future__ import annotations

import sqlalchemy as sa
from servicekit.tracing import current_trace
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import refunds as rows


async def request(connection: AsyncConnection, invoice_number: str) -> None:
    """Stores a refund that is due at once; does nothing if the invoice has one."""
    trace = current_trace()
    refund = {"invoice_number": invoice_number, "due_at": sa.func.now()}
    traced = {"request_id": trace.request_id, "traceparent": trace.traceparent}
    await connection.execute(insert(rows).values({**refund, **traced}).on_conflict_do_nothing())


async def finish(connection: AsyncConnection, invoice_number: str) -> None:
    """Marks the refund as made, so that no worker claims it again."""
    statement = (
        sa.update(rows)
        .where(rows.c.invoice_number == invoice_number, rows.c.finished_at.is_(None))
        .values(finished_at=sa.func.clock_timestamp())
    )
    await connection.execute(statement)
