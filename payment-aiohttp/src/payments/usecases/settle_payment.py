"""Settles a payment with the outcome that was drawn when its attempt began (docs/booking.md, step 6)."""

from __future__ import annotations

import structlog
from servicekit.crash_points import crash_point

from payments.db import attempts, invoices
from payments.domain.chance import Outcome
from payments.domain.invoice import PAYMENT_DECLINED, InvoiceAction
from payments.services import Services
from payments.usecases.publish_event import publish_event

GATEWAY = "gateway"

log = structlog.get_logger()


async def settle_payment(services: Services, invoice_number: str) -> None:
    """Makes the invoice PAID or FAILED and publishes that; does nothing if the attempt was settled before."""
    async with services.engine.begin() as connection:
        invoice = await invoices.require(connection, number=invoice_number, lock=True)
        outcome = await attempts.finish(connection, invoice_number)
        if outcome is None:
            return
        if outcome is Outcome.OK:
            decided = await invoices.change_locked(connection, invoice, InvoiceAction.SUCCEED, actor=GATEWAY)
            await publish_event(connection, services.settings, "invoice.paid", decided)
        else:
            decided = await invoices.change_locked(
                connection,
                invoice,
                InvoiceAction.FAIL,
                actor=GATEWAY,
                detail={"failure_reason": PAYMENT_DECLINED},
                failure_reason=PAYMENT_DECLINED,
            )
            await publish_event(connection, services.settings, "invoice.failed", decided)
    crash_point("payment.outcome-stored")
    services.bell.ring()
    log.info("payment.settled", invoice_number=invoice_number, status=decided.status)
