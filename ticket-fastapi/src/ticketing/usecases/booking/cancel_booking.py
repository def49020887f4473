"""Cancellation by buyer, staff, or because the event is cancelled (DESIGN section 4, Cancel)."""

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

LOOKS = 4
"""A booking can move on under our eyes at most this often: AWAITING_PAYMENT, BOOKED, ended."""


async def cancel_booking(services: Services, booking_id: UUID, reason: CancelReason, *, actor: str) -> Booking:
    """The booking CANCELLED, now or before; its seats follow by `release_seats`. Raises why it cannot be cancelled."""
    for _ in range(LOOKS):
        async with services.engine.connect() as connection:
            booking = await bookings.find(connection, booking_id)
        if booking is None:
            raise NotFoundError("No booking has this id.")
        if booking.status is BookingStatus.CANCELLED:
            return booking
        cancelled = await _cancel_from(services, booking, reason, actor)
        if cancelled is not None:
            return cancelled
    raise BookingInProgressError("The booking keeps changing; try again.", booking_id=booking_id)


async def _cancel_from(services: Services, booking: Booking, reason: CancelReason, actor: str) -> Booking | None:
    """The cancelled booking; None when it is no longer as it was read."""
    if booking.status is BookingStatus.HOLDING:
        if reason is not CancelReason.EVENT_CANCELLED:
            raise BookingInProgressError("The booking is still being made.", booking_id=booking.id)
        return await _end(services, booking, BookingAction.CALL_OFF, reason, None, actor)
    if booking.status is BookingStatus.AWAITING_PAYMENT:
        if not await _void(services, booking):
            return None
        return await _end(services, booking, BookingAction.CANCEL, reason, None, actor)
    if booking.status is BookingStatus.BOOKED:
        if reason is CancelReason.BUYER and booking.event.starts_at <= datetime.now(UTC):
            # Who has been at the event, or could have been, does not get the money back by a click; staff decides.
            raise EventStartedError("The event has begun; only staff can cancel now.", booking_id=booking.id)
        return await _end(services, booking, BookingAction.CANCEL, reason, RefundStatus.PENDING, actor)
    raise BookingAlreadyEndedError("The booking has ended already.", booking_id=booking.id)


async def _void(services: Services, booking: Booking) -> bool:
    """Whether the invoice is void; False when it was decided instead, and the booking has learnt of that."""
    try:
        invoice = await services.gateways.payments.void(booking.id)
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
