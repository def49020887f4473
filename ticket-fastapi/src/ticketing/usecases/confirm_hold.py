"""Transaction 2 of a booking, and its counterpart when the hold failed (DESIGN section 4, steps 3 and 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ticketing.db import bookings, waitlist
from ticketing.domain.booking import BookingAction, FailureReason
from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import Invoice
from ticketing.services import Services
from ticketing.usecases.end_booking import end_booking
from ticketing.usecases.release_seats import hand_on
from ticketing.usecases.telling import tell_of_booking, tell_of_entry

FIRST_CHECK = timedelta(seconds=30)
"""After which payment is asked whether the invoice was decided, in case its webhook was lost."""


async def confirm_hold(
    services: Services, booking: Booking, invoice: Invoice, *, seconds: float, actor: str
) -> Booking | None:
    """HOLDING → AWAITING_PAYMENT.

    None when somebody has ended the booking meanwhile; its release then takes back hold and invoice.
    """
    now = datetime.now(UTC)
    deadline = invoice.expires_at or now + timedelta(seconds=seconds)
    async with services.engine.begin() as connection:
        confirmed = await bookings.change(
            connection,
            booking,
            BookingAction.CONFIRM,
            actor=actor,
            invoice_number=invoice.number,
            payment_url=invoice.payment_url,
            hold_expires_at=deadline,
            next_step_at=min(deadline, now + FIRST_CHECK),
        )
        if confirmed is None:
            return None
        await tell_of_booking(connection, confirmed)
        if confirmed.waitlist_entry_id is not None:
            await waitlist.set_offer_deadline(connection, confirmed.waitlist_entry_id, deadline)
            await tell_of_entry(connection, confirmed.waitlist_entry_id)
        return confirmed


async def fail_hold(
    services: Services,
    booking: Booking,
    reason: FailureReason,
    *,
    nothing_on_its_way: bool,
    actor: str,
    detail: dict[str, object] | None = None,
) -> Booking | None:
    """HOLDING → FAILED. None when somebody has ended the booking meanwhile.

    `nothing_on_its_way`: the organizer has no hold and will get no request of ours any more, and payment was not asked.
    Only then are the seats
    handed on in the same transaction; otherwise once both have confirmed.
    """
    async with services.engine.begin() as connection:
        failed = await end_booking(
            connection, booking, BookingAction.FAIL_HOLD, actor=actor, detail=detail, failure_reason=reason
        )
        if failed is not None and nothing_on_its_way:
            await hand_on(connection, failed)
        return failed
