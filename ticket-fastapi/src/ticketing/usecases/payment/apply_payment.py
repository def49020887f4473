"""Applies the state of an invoice to its booking, once, however often it arrives (docs/booking.md, step 7)."""

from __future__ import annotations

from enum import StrEnum

import structlog
from servicekit.db.engine import driver_in_transaction
from servicekit.tracing import current_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.booking import bookings, seats
from ticketing.db.booking.sell import PaidBooking, sell
from ticketing.db.waitlist import entries
from ticketing.domain.booking import (
    BookingAction,
    BookingFact,
    BookingStatus,
    CancelReason,
    FailureReason,
    RefundStatus,
)
from ticketing.domain.booking_record import Booking
from ticketing.domain.require import require
from ticketing.domain.seat import SeatAction
from ticketing.domain.waitlist import EntryAction
from ticketing.integrations.gateways import Invoice, InvoiceStatus
from ticketing.usecases.booking.end_booking import end_booking
from ticketing.usecases.webhooks.publish import publish_booking, publish_current_entry

log = structlog.get_logger()


class Effect(StrEnum):
    """What an invoice's state has changed."""

    APPLIED = "applied"
    IGNORED = "ignored"
    TOO_EARLY = "too early"
    """The booking does not exist or is still HOLDING; the event must be delivered again."""


async def apply_payment(connection: AsyncConnection, invoice: Invoice, *, actor: str) -> Effect:
    """Applies the invoice's state to its booking; ignores a version that is not newer than the last applied one.

    A payment that is out of the ordinary, and every other state, takes the general way, which begins anew: then the
    statement of the sale has changed nothing.
    """
    if invoice.status is InvoiceStatus.PAID and await _sell_at_once(connection, invoice, actor):
        return Effect.APPLIED
    booking = await bookings.lock(connection, invoice.reference)
    if booking is None or booking.status is BookingStatus.HOLDING:
        return Effect.TOO_EARLY
    if invoice.version <= booking.invoice_version:
        return Effect.IGNORED
    await bookings.set_invoice_version(connection, booking.id, invoice.version)
    apply = _APPLY.get(invoice.status)
    applied = apply is not None and await apply(connection, booking, actor)
    return Effect.APPLIED if applied else Effect.IGNORED


async def _sell_at_once(connection: AsyncConnection, invoice: Invoice, actor: str) -> bool:
    """Sells the seats of a booking that awaits this payment; returns False if it is out of the ordinary (`sell`)."""
    driver = await driver_in_transaction(connection)
    paid = PaidBooking(invoice.reference, invoice.version, current_trace().request_id)
    sold = await sell(driver, [paid], actor=actor)
    for booking in sold:
        await publish_booking(connection, booking)
    return bool(sold)


async def _paid(connection: AsyncConnection, booking: Booking, actor: str) -> bool:
    if booking.status is BookingStatus.AWAITING_PAYMENT:
        await _sell(connection, booking, actor)
        return True
    if booking.is_live or booking.refund_status is not None:
        return False
    # The booking has ended without its seats, so the buyer gets the money back.
    log.warning("payment.arrived-late", booking_id=str(booking.id), status=booking.status)
    owed = await bookings.record_fact(
        connection, booking, BookingFact.REQUEST_REFUND, actor=actor, refund_status=RefundStatus.PENDING
    )
    await publish_booking(connection, owed)
    return True


async def _sell(connection: AsyncConnection, booking: Booking, actor: str) -> None:
    booked = require(
        await bookings.change(connection, booking, BookingAction.PAY, actor=actor, seat_action=SeatAction.SELL),
        "booking AWAITING_PAYMENT",
        booking.id,
    )
    seat_ids = [seat.id for seat in booking.seats]
    await seats.lock(connection, seat_ids)
    await seats.sell(connection, seat_ids, booking_id=booking.id)
    if booking.waitlist_entry_id is not None:
        entry = await entries.require(connection, booking.waitlist_entry_id)
        await entries.change(connection, entry, EntryAction.FULFIL, actor=actor)
        await publish_current_entry(connection, entry.id)
    await publish_booking(connection, booked)


async def _failed(connection: AsyncConnection, booking: Booking, actor: str) -> bool:
    if booking.status is not BookingStatus.AWAITING_PAYMENT:
        return False
    reason = FailureReason.PAYMENT_FAILED
    await end_booking(connection, booking, BookingAction.FAIL_PAYMENT, actor=actor, failure_reason=reason)
    return True


async def _refunded(connection: AsyncConnection, booking: Booking, actor: str) -> bool:
    refunded = RefundStatus.REFUNDED
    if booking.is_live:
        # Staff refunded the invoice at the payment service, so the booking ends too.
        await end_booking(
            connection,
            booking,
            BookingAction.CANCEL,
            actor=actor,
            cancel_reason=CancelReason.STAFF,
            refund_status=refunded,
        )
        return True
    if booking.refund_status is refunded:
        return False
    recorded = await bookings.record_fact(connection, booking, BookingFact.REFUND, actor=actor, refund_status=refunded)
    await publish_booking(connection, recorded)
    return True


_APPLY = {InvoiceStatus.PAID: _paid, InvoiceStatus.FAILED: _failed, InvoiceStatus.REFUNDED: _refunded}
