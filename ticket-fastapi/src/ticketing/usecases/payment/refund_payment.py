"""Money that is owed to a buyer: asked for until payment says that it is given back (DESIGN section 4, Expiry and
Cancel).
"""

from __future__ import annotations

from servicekit.crash_points import crash_point

from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import InvoiceStatus
from ticketing.services import Services
from ticketing.usecases.payment.settle_payment import apply_current_invoice
from ticketing.usecases.step_outcome import DONE, Done, Retry, retry_later


async def refund_payment(services: Services, booking: Booking) -> Done | Retry:
    """Ask for the refund, idempotently; usually payment's webhook tells of its end before this asks again."""
    invoice = await services.gateways.payments.find(booking.id)
    if invoice is None:
        return retry_later(booking)
    crash_point("refund.found")
    refund = await services.gateways.payments.refund(invoice.number)
    crash_point("refund.requested")
    if refund.status is not InvoiceStatus.REFUNDED:
        return retry_later(booking)
    await apply_current_invoice(services, refund)
    crash_point("refund.recorded")
    return DONE
