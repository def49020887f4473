"""Cancels a booking for its buyer, for staff, or because its event is cancelled (docs/booking.md, Cancel)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from servicekit.crash_points import crash_point
from servicekit.errors import NotFoundError

from ticketing.db.booking import bookings
from ticketing.domain.booking import BookingAction, BookingStatus, CancelReason, RefundStatus
from ticketing.domain.booking_errors import (
    BookingAlreadyEndedError,
    BookingInProgressError,
    EventStartedError,
    PaymentInProgressError,
    PaymentUnavailableError,
)
from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import InvoiceStatus, UnreachablePaymentError
from ticketing.services import Services
from ticketing.usecases.booking.end_booking import end_booking
from ticketing.usecases.payment.settle_payment import apply_current_invoice

READS = 4
"""A booking can change at most this often while it is cancelled: AWAITING_PAYMENT, BOOKED, ended."""


async def cancel_booking(services: Services, booking_id: UUID, reason: CancelReason, *, actor: str) -> Booking:
    """Returns the booking, which is CANCELLED now or was before; raises why it cannot be cancelled.

    `release_seats` releases its seats afterwards.
    """
    for _ in range(READS):
        async with services.engine.connect() as connection:
            booking = await bookings.find(connection, booking_id)
        if booking is None:
            raise NotFoundError(f"No booking has the id {booking_id}.")
        if booking.status is BookingStatus.CANCELLED:
            return booking
        cancelled = await _cancel_from(services, booking, reason, actor)
        if cancelled is not None:
            return cancelled
    raise BookingInProgressError("The booking keeps changing; try again.", booking_id=booking_id)


async def _cancel_from(services: Services, booking: Booking, reason: CancelReason, actor: str) -> Booking | None:
    """Returns the cancelled booking; None if the booking has changed since it was read."""
    if booking.status is BookingStatus.HOLDING:
        if reason is not CancelReason.EVENT_CANCELLED:
            raise BookingInProgressError("The booking is still HOLDING; try again in a moment.", booking_id=booking.id)
        return await _end(services, booking, BookingAction.CANCEL_HOLD, reason, None, actor)
    if booking.status is BookingStatus.AWAITING_PAYMENT:
        if not await _void(services, booking):
            return None
        return await _end(services, booking, BookingAction.CANCEL, reason, None, actor)
    if booking.status is BookingStatus.BOOKED:
        if reason is CancelReason.BUYER and booking.event.starts_at <= datetime.now(UTC):
            # The buyer may have attended the event, so only staff can refund the booking.
            raise EventStartedError("The event has started; only staff can cancel now.", booking_id=booking.id)
        return await _end(services, booking, BookingAction.CANCEL, reason, RefundStatus.PENDING, actor)
    raise BookingAlreadyEndedError("The booking has ended already.", booking_id=booking.id)


async def _void(services: Services, booking: Booking) -> bool:
    """Voids the invoice; returns False if it was decided before, after applying that decision to the booking."""
    try:
        invoice = await services.gateways.payments.void(booking)
    except UnreachablePaymentError as error:
        raise PaymentUnavailableError("The payment service does not answer.", booking_id=booking.id) from error
    if invoice.status is InvoiceStatus.PROCESSING:
        raise PaymentInProgressError("The payment is being processed.", booking_id=booking.id)
    if invoice.status is InvoiceStatus.VOID:
        crash_point("cancel.voided")
        return True
    await apply_current_invoice(services, invoice)
    return False


async def _end(
    services: Services,
    booking: Booking,
    action: BookingAction,
    reason: CancelReason,
    refund: RefundStatus | None,
    actor: str,
) -> Booking | None:
    async with services.transaction() as connection:
        ended = await end_booking(connection, booking, action, actor=actor, cancel_reason=reason, refund_status=refund)
    crash_point("cancel.committed")
    return ended
