"""Settles payments with the outcomes that were drawn when their attempts began (docs/booking.md, step 6)."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from servicekit.crash_points import crash_point
from servicekit.lanes import Left
from servicekit.tracing import tracing

from payments.db import attempts
from payments.domain.invoice import InvoiceStatus
from payments.services import Services
from payments.usecases.publish_event import EventType, Happening, publish_events

GATEWAY = "gateway"
_TYPES: dict[InvoiceStatus, EventType] = {
    InvoiceStatus.PAID: "invoice.paid",
    InvoiceStatus.FAILED: "invoice.failed",
}

log = structlog.get_logger()


async def settle_payment(services: Services, invoice_number: str) -> None:
    """Makes the invoice PAID or FAILED and publishes that; does nothing if the attempt was settled before."""
    await settle_payments(services, [invoice_number])


async def settle_payments(services: Services, invoice_numbers: Sequence[str]) -> Sequence[Left | Exception]:
    """Makes the invoices PAID or FAILED and publishes that, in one transaction; leaves out those settled before.

    Raises, and changes nothing, if one of them cannot be settled. Returns what is left of each, which is nothing.
    """
    async with services.engine.begin() as connection:
        settled = await attempts.settle(connection, invoice_numbers, actor=GATEWAY)
        happened = [Happening(_TYPES[each.invoice.status], each.invoice, each.trace) for each in settled]
        await publish_events(connection, services.settings, happened)
    if settled:
        crash_point("payment.outcome-stored")
        services.bell.ring()
    for each in settled:
        with tracing(each.trace):
            log.info("payment.settled", invoice_number=each.invoice.number, status=each.invoice.status)
    return [Left.NOTHING] * len(invoice_numbers)
