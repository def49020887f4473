"""The buyer pays: stores an attempt with its drawn outcome; the worker settles it (docs/booking.md, step 6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from servicekit.crash_points import crash_point
from servicekit.errors import NotFoundError
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db import attempts, invoices, simulation
from payments.domain.chance import Outcome, Simulation, draw_outcome
from payments.domain.errors import AlreadyDecidedError, InvoiceExpiredError
from payments.domain.invoice import Invoice, InvoiceAction, InvoiceStatus
from payments.services import Services
from payments.settings import Settings

BUYER = "buyer"


def has_expired(invoice: Invoice) -> bool:
    """Whether the invoice's deadline has passed, so that no attempt may begin."""
    return invoice.expires_at is not None and invoice.expires_at <= datetime.now(UTC)


async def pay_invoice(services: Services, token: str) -> InvoiceStatus:
    """Begins the payment attempt and returns the invoice's status, PROCESSING.

    Raises NotFoundError, AlreadyDecidedError (also while PROCESSING), or InvoiceExpiredError.
    """
    if not await attempts.start_by_chance(services.engine, services.settings, token, actor=BUYER):
        await _pay_step_by_step(services, token)
    crash_point("payment.attempt-stored")
    services.bell.ring()
    return InvoiceStatus.PROCESSING


async def _pay_step_by_step(services: Services, token: str) -> None:
    """Begins an attempt whose outcome depends on the draws before it, or says why none can begin."""
    async with services.engine.begin() as connection:
        invoice = await invoices.find(connection, token=token, lock=True)
        if invoice is None:
            raise NotFoundError("There is no such invoice.")
        if invoice.status is not InvoiceStatus.PENDING:
            raise AlreadyDecidedError(f"The invoice is {invoice.status}.", invoice_status=invoice.status)
        if has_expired(invoice):
            raise InvoiceExpiredError("The time to pay this invoice is over.", invoice_status=invoice.status)
        processing = await invoices.change_locked(connection, invoice, InvoiceAction.START_ATTEMPT, actor=BUYER)
        await _start_attempt(connection, services.settings, processing.number)


async def _start_attempt(connection: AsyncConnection, settings: Settings, number: str) -> None:
    outcome, behaviour = await _draw_and_store(connection, settings)
    duration = timedelta(seconds=settings.payment_processing_seconds, milliseconds=behaviour.latency_ms)
    await attempts.start(connection, number, outcome, duration)


async def _draw_and_store(connection: AsyncConnection, settings: Settings) -> tuple[Outcome, Simulation]:
    behaviour = await simulation.read(connection, settings)
    if behaviour.remembers:
        # Each of these draws depends on the one before, so they take turns; plain chance needs no lock.
        behaviour = await simulation.read(connection, settings, lock=True)
    outcome, remaining = draw_outcome(behaviour)
    if remaining != behaviour:
        await simulation.store_draw(connection, remaining)
    return outcome, behaviour
