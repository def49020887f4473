"""Transaction 2 of a booking: confirms its hold, or fails it (docs/booking.md, steps 3 and 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from servicekit.db.engine import borrowed_driver, driver_in_transaction

from ticketing.db.booking.store_confirmation import store_confirmation
from ticketing.db.waitlist import entries
from ticketing.domain.booking import BookingAction, FailureReason, next_status
from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import Invoice
from ticketing.services import Services
from ticketing.usecases.booking.end_booking import end_booking
from ticketing.usecases.booking.release_seats import reassign_seats
from ticketing.usecases.payment.check_payments import first_check
from ticketing.usecases.webhooks.publish import publish_current_entry
from ticketing.usecases.webhooks.representations import booking_data

FIRST_CHECK = timedelta(seconds=30)
"""When payment is first asked whether the invoice was decided, in case its webhook was lost."""


async def confirm_hold(
    services: Services, booking: Booking, invoice: Invoice, *, seconds: float, actor: str
) -> Booking | None:
    """Changes the booking from HOLDING to AWAITING_PAYMENT.

    Returns None if the booking has ended meanwhile; its release then takes back the hold and the invoice.
    """
    now = datetime.now(UTC)
    deadline = invoice.expires_at or now + timedelta(seconds=seconds)
    confirmed = replace(
        booking,
        status=next_status(booking.status, BookingAction.CONFIRM),
        invoice_number=invoice.number,
        payment_url=invoice.payment_url,
        hold_expires_at=deadline,
        next_step_at=min(deadline, first_check(now + FIRST_CHECK)),
    )
    if booking.waitlist_entry_id is not None:
        return await _confirm_offer(services, confirmed, booking.waitlist_entry_id, deadline, actor)
    async with borrowed_driver(services.engine) as driver:
        stored = await store_confirmation(driver, confirmed, data=booking_data(confirmed), actor=actor)
    services.bell.ring()
    return stored


async def _confirm_offer(
    services: Services, confirmed: Booking, entry_id: UUID, deadline: datetime, actor: str
) -> Booking | None:
    """Confirms a booking from the queue, and publishes the deadline of the offer."""
    async with services.transaction() as connection:
        driver = await driver_in_transaction(connection)
        stored = await store_confirmation(driver, confirmed, data=booking_data(confirmed), actor=actor)
        if stored is not None:
            await entries.set_offer_deadline(connection, entry_id, deadline)
            await publish_current_entry(connection, entry_id)
        return stored


async def fail_hold(
    services: Services,
    booking: Booking,
    reason: FailureReason,
    *,
    nothing_in_flight: bool,
    actor: str,
    detail: dict[str, object] | None = None,
) -> Booking | None:
    """Changes the booking from HOLDING to FAILED; returns None if it has ended meanwhile.

    `nothing_in_flight`: the organizer has no hold and receives no further request of this service, and payment was not
    asked. Only then are the seats reassigned in the same transaction; otherwise after both have confirmed the release.
    """
    async with services.transaction() as connection:
        failed = await end_booking(
            connection, booking, BookingAction.FAIL_HOLD, actor=actor, detail=detail, failure_reason=reason
        )
        if failed is not None and nothing_in_flight:
            await reassign_seats(connection, failed)
        return failed
