"""Refunds that are requested and not made yet: one per invoice."""

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
    """Deletes the request for the refund, which is made now; the invoice says so."""
    await connection.execute(sa.delete(rows).where(rows.c.invoice_number == invoice_number))
