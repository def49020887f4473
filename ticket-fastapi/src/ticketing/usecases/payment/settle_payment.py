"""Settles an unpaid booking: applies a lost payment, or expires the booking (docs/booking.md, Expiry)."""

from __future__ import annotations

from datetime import UTC, datetime

from servicekit.crash_points import crash_point

from ticketing.db.booking import bookings
from ticketing.domain.booking import BookingAction, BookingStatus
from ticketing.domain.booking_record import Booking
from ticketing.domain.require import require
from ticketing.integrations.gateways import Invoice, InvoiceStatus
from ticketing.services import Services
from ticketing.usecases.booking.end_booking import end_booking
from ticketing.usecases.payment.apply_payment import apply_payment
from ticketing.usecases.step_outcome import DONE, Done, Retry, retry_later

ACTOR = "worker"


async def settle_payment(services: Services, booking: Booking) -> Done | Retry:
    """Reads the booking's invoice and applies its state.

    After the deadline, voids the invoice first, and expires the booking only if the invoice is void.
    """
    payments = services.gateways.payments
    now = datetime.now(UTC)
    deadline = require(booking.hold_expires_at, "the payment deadline of booking", booking.id)
    overdue = now >= deadline
    invoice = await payments.void(booking) if overdue else await payments.find(booking)
    if invoice is not None and invoice.status is InvoiceStatus.VOID:
        crash_point("expiry.voided")
        await _expire(services, booking)
        return DONE
    if invoice is not None and invoice.status not in (InvoiceStatus.PENDING, InvoiceStatus.PROCESSING):
        await apply_current_invoice(services, invoice)
        return DONE
    later = retry_later(booking)
    return later if overdue else Retry(min(later.after, deadline - now))


async def _expire(services: Services, booking: Booking) -> None:
    async with services.transaction() as connection:
        locked = await bookings.lock(connection, booking.id)
        if locked is not None and locked.status is BookingStatus.AWAITING_PAYMENT:
            await end_booking(connection, locked, BookingAction.EXPIRE, actor=ACTOR)


async def apply_current_invoice(services: Services, invoice: Invoice) -> None:
    """Applies an invoice that payment has returned, as its webhook would."""
    async with services.transaction() as connection:
        await apply_payment(connection, invoice, actor=ACTOR)
