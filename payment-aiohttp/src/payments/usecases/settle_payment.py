"""The attempt ends with the outcome that was drawn when it began (DESIGN section 4, step 6)."""

from __future__ import annotations

import structlog
from servicekit.crash_points import crash_point

from payments.db import attempts, invoices
from payments.domain.chance import Outcome
from payments.domain.invoice import PAYMENT_DECLINED, InvoiceAction
from payments.services import Services
from payments.usecases.telling import tell

GATEWAY = "gateway"

log = structlog.get_logger()


async def settle_payment(services: Services, invoice_number: str) -> None:
    """Make the invoice PAID or FAILED and tell of it; nothing when that is done already."""
    async with services.engine.begin() as connection:
        invoice = await invoices.find_by(connection, number=invoice_number, lock=True)
        outcome = await attempts.finish(connection, invoice_number)
        if outcome is None:
            return
        if outcome is Outcome.OK:
            decided = await invoices.change_locked(connection, invoice, InvoiceAction.SUCCEED, actor=GATEWAY)
            await tell(connection, services.settings, "invoice.paid", decided)
        else:
            decided = await invoices.change_locked(
                connection,
                invoice,
                InvoiceAction.FAIL,
                actor=GATEWAY,
                detail={"failure_reason": PAYMENT_DECLINED},
                failure_reason=PAYMENT_DECLINED,
            )
            await tell(connection, services.settings, "invoice.failed", decided)
    crash_point("payment.outcome-stored")
    services.bell.ring()
    log.info("payment.settled", invoice=invoice_number, status=decided.status)
