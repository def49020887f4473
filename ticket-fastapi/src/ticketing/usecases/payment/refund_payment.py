"""Requests the refund of a booking until payment confirms it (docs/booking.md, Expiry and Cancel)."""

from __future__ import annotations

from servicekit.crash_points import crash_point

from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import InvoiceStatus
from ticketing.services import Services
from ticketing.usecases.payment.settle_payment import apply_current_invoice
from ticketing.usecases.step_outcome import DONE, Done, Retry, retry_later


async def refund_payment(services: Services, booking: Booking) -> Done | Retry:
    """Requests the refund, which can be repeated. Usually payment's webhook reports it before the next request."""
    invoice = await services.gateways.payments.find(booking)
    if invoice is None:
        return retry_later(booking)
    crash_point("refund.found")
    refund = await services.gateways.payments.refund(booking, invoice.number)
    crash_point("refund.requested")
    if refund.status is not InvoiceStatus.REFUNDED:
        return retry_later(booking)
    await apply_current_invoice(services, refund)
    crash_point("refund.recorded")
    return DONE
