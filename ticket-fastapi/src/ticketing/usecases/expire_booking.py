"""An unpaid booking: has it been paid without our knowing, and is its time over? (DESIGN section 4, Expiry)"""

from __future__ import annotations

from datetime import UTC, datetime

from servicekit.crash_points import crash_point

from ticketing.db import bookings
from ticketing.domain.booking import BookingAction, BookingStatus
from ticketing.domain.booking_record import Booking
from ticketing.domain.known import known
from ticketing.integrations.gateways import Invoice, InvoiceStatus
from ticketing.services import Services
from ticketing.usecases.apply_payment import apply_payment
from ticketing.usecases.end_booking import end_booking
from ticketing.usecases.steps import DONE, Again, Done, wait_and_see

ACTOR = "sweeper"


async def settle_payment(services: Services, booking: Booking) -> Done | Again:
    """Ask payment for the booking's invoice; after the deadline, void it first, and expire the booking only if it is
    void.
    """
    payments = services.gateways.payments
    now = datetime.now(UTC)
    deadline = known(booking.hold_expires_at)
    overdue = now >= deadline
    invoice = await payments.void(booking.id) if overdue else await payments.find(booking.id)
    if invoice is not None and invoice.status is InvoiceStatus.VOID:
        crash_point("expiry.voided")
        await _expire(services, booking)
        return DONE
    if invoice is not None and invoice.status not in (InvoiceStatus.PENDING, InvoiceStatus.PROCESSING):
        await learn_of_payment(services, invoice)
        return DONE
    later = wait_and_see(booking)
    return later if overdue else Again(min(later.after, deadline - now))


async def _expire(services: Services, booking: Booking) -> None:
    async with services.transaction() as connection:
        locked = await bookings.lock(connection, booking.id)
        if locked is not None and locked.status is BookingStatus.AWAITING_PAYMENT:
            await end_booking(connection, locked, BookingAction.EXPIRE, actor=ACTOR)


async def learn_of_payment(services: Services, invoice: Invoice) -> None:
    """Apply what payment answered, as its webhook would have."""
    async with services.transaction() as connection:
        await apply_payment(connection, invoice, actor=ACTOR)
