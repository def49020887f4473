"""A buyer's booking that is HOLDING for too long: whoever made it died or is very slow (DESIGN section 4, crash)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ticketing.domain.booking import FailureReason
from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import HoldState, InvoiceStatus, UnreachableOrganizerError, UnreachablePaymentError
from ticketing.services import Services
from ticketing.usecases.booking.confirm_hold import confirm_hold, fail_hold
from ticketing.usecases.step_outcome import DONE, Done, Retry

ACTOR = "sweeper"


async def resolve_hold(services: Services, booking: Booking) -> Done | Retry:
    """Finish the booking if organizer and payment both have their part of it, otherwise undo it. Raises when one does
    not answer; after the time that a buyer has to pay, its silence counts as a no.

    A slow handler may still be at work: both outcomes are conditional on HOLDING, and the release leaves tombstones for
    what it has sent.
    """
    try:
        reason = await _finish(services, booking)
    except (UnreachableOrganizerError, UnreachablePaymentError) as silent:
        if datetime.now(UTC) - booking.created_at < timedelta(seconds=services.settings.hold_seconds):
            raise
        is_payment = isinstance(silent, UnreachablePaymentError)
        reason = FailureReason.INVOICE_UNAVAILABLE if is_payment else FailureReason.ORGANIZER_UNREACHABLE
    if reason is not None:
        await fail_hold(services, booking, reason, nothing_in_flight=False, actor=ACTOR)
    return DONE


async def _finish(services: Services, booking: Booking) -> FailureReason | None:
    """Confirm the booking; or the reason why it cannot be."""
    if await services.gateways.organizers.look_up(booking) is not HoldState.HELD:
        return FailureReason.ORGANIZER_UNREACHABLE
    invoice = await services.gateways.payments.find(booking.id)
    if invoice is None or invoice.status is InvoiceStatus.VOID:
        return FailureReason.INVOICE_UNAVAILABLE
    await confirm_hold(services, booking, invoice, seconds=services.settings.hold_seconds, actor=ACTOR)
    return None
