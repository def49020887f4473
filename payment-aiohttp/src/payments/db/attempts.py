"""Payment attempts that are under way: one per invoice, with the outcome that was drawn when it began."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa
from servicekit.db.engine import borrowed_driver
from servicekit.tracing import Trace, current_trace, new_trace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from payments.db.invoices import StaleInvoiceError
from payments.db.statements import SETTLE_ATTEMPTS, START_ATTEMPT
from payments.db.tables import payment_attempts as rows
from payments.domain.chance import Outcome
from payments.domain.invoice import PAYMENT_DECLINED, Invoice, InvoiceAction, InvoiceStatus, next_status
from payments.settings import Settings


async def start(connection: AsyncConnection, invoice_number: str, outcome: Outcome, duration: timedelta) -> None:
    """Stores an attempt that a worker settles with `outcome` after `duration`."""
    due_at, trace = sa.func.now() + duration, current_trace()
    attempt = {"id": uuid4(), "invoice_number": invoice_number, "outcome": outcome, "due_at": due_at}
    traced = {"request_id": trace.request_id, "traceparent": trace.traceparent}
    await connection.execute(sa.insert(rows).values({**attempt, **traced}))


async def start_by_chance(engine: AsyncEngine, settings: Settings, token: str, *, actor: str) -> bool:
    """Begins the attempt of a PENDING invoice, whose outcome plain chance decides, and commits.

    Returns False, and changes nothing, if there is any reason to go step by step (`sql/start_attempt.sql`).
    """
    trace, begin = current_trace(), InvoiceAction.START_ATTEMPT
    async with borrowed_driver(engine) as driver:
        started = await driver.fetchrow(
            START_ATTEMPT,
            token,
            InvoiceStatus.PENDING,
            next_status(InvoiceStatus.PENDING, begin),
            begin,
            actor,
            trace.request_id,
            uuid4(),
            trace.traceparent,
            timedelta(seconds=settings.payment_processing_seconds),
            settings.simulation_controls,
            settings.payment_failure_rate,
            settings.payment_seed,
            random.random(),
        )
    return started is not None


@dataclass(frozen=True, slots=True)
class Settled:
    """An invoice whose attempt is settled now, and the trace of the request that began the attempt."""

    invoice: Invoice
    trace: Trace


async def settle(connection: AsyncConnection, invoice_numbers: Sequence[str], *, actor: str) -> list[Settled]:
    """Settles the attempts of the invoices with their outcomes; leaves out those that were settled before.

    Raises StaleInvoiceError if one of the invoices is not PROCESSING; the transaction must then be undone.
    """
    succeed, fail, before = InvoiceAction.SUCCEED, InvoiceAction.FAIL, InvoiceStatus.PROCESSING
    statuses = (next_status(before, succeed), next_status(before, fail))
    values = (list(invoice_numbers), *statuses, succeed, fail, before, actor, PAYMENT_DECLINED)
    found = (await connection.exec_driver_sql(SETTLE_ATTEMPTS, values)).mappings().all()
    for row in found:
        if row["number"] is None:
            raise StaleInvoiceError(row["attempt_of"])
    return [Settled(_invoice(row), new_trace(row["request_id"], row["traceparent"])) for row in found]


def _invoice(row: sa.RowMapping) -> Invoice:
    values = {field.name: row[field.name] for field in fields(Invoice)}
    return Invoice(**{**values, "status": InvoiceStatus(row["status"])})
