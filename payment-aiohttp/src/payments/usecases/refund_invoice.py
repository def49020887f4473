"""Refunds an invoice: the request is stored at once, the worker makes the refund (contracts/README.md, Invoice)."""

from __future__ import annotations

import structlog
from servicekit.crash_points import crash_point
from servicekit.errors import NotFoundError

from payments.db import invoices, refunds
from payments.domain.errors import NotRefundableError
from payments.domain.invoice import Invoice, InvoiceAction, InvoiceStatus
from payments.services import Services
from payments.usecases.publish_event import publish_event
from payments.usecases.settle_payment import GATEWAY

log = structlog.get_logger()


async def request_refund(services: Services, invoice_number: str, *, actor: str) -> Invoice:
    """Stores the request for a refund and returns the invoice: still PAID, or REFUNDED if the refund was made before.

    Raises NotFoundError, or NotRefundableError if the invoice is neither PAID nor REFUNDED.
    """
    async with services.engine.begin() as connection:
        invoice = await invoices.find(connection, number=invoice_number, lock=True)
        if invoice is None:
            raise NotFoundError(f"There is no invoice {invoice_number}.")
        if invoice.status is InvoiceStatus.REFUNDED:
            return invoice
        if invoice.status is not InvoiceStatus.PAID:
            raise NotRefundableError(f"The invoice is {invoice.status}.", invoice_status=invoice.status)
        if invoice.refund_requested_at is not None:
            return invoice
        requested = await invoices.change_locked(connection, invoice, InvoiceAction.REQUEST_REFUND, actor=actor)
        await refunds.request(connection, invoice_number)
    crash_point("refund.stored")
    services.bell.ring()
    return requested


async def make_refund(services: Services, invoice_number: str) -> None:
    """Makes the invoice REFUNDED and publishes that; does nothing if the refund was made or never requested."""
    async with services.engine.begin() as connection:
        invoice = await invoices.require(connection, number=invoice_number, lock=True)
        if invoice.status is not InvoiceStatus.PAID or invoice.refund_requested_at is None:
            return
        await refunds.finish(connection, invoice_number)
        refunded = await invoices.change_locked(connection, invoice, InvoiceAction.REFUND, actor=GATEWAY)
        await publish_event(connection, services.settings, "invoice.refunded", refunded)
    crash_point("refund.done")
    services.bell.ring()
    log.info("invoice.refunded", invoice_number=invoice_number)
