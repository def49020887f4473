"""Decides a booking that has been HOLDING for too long: its process died or is very slow (docs/booking.md, Crash)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ticketing.domain.booking import FailureReason
from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import HoldState, InvoiceStatus, UnreachableOrganizerError, UnreachablePaymentError
from ticketing.services import Services
from ticketing.usecases.booking.confirm_hold import confirm_hold, fail_hold
from ticketing.usecases.step_outcome import DONE, Done, Retry

ACTOR = "worker"


async def resolve_hold(services: Services, booking: Booking) -> Done | Retry:
    """Confirms the booking if the hold and the invoice exist, else fails it.

    Raises if the organizer or payment does not answer; once the time to pay is over, that counts as a refusal. A slow
    handler may still be at work on the booking: both outcomes need the booking to be HOLDING, and the release leaves
    tombstones for the requests that the handler has sent.
    """
    try:
        reason = await _finish(services, booking)
    except (UnreachableOrganizerError, UnreachablePaymentError) as unreachable:
        if datetime.now(UTC) - booking.created_at < timedelta(seconds=services.settings.hold_seconds):
            raise
        is_payment = isinstance(unreachable, UnreachablePaymentError)
        reason = FailureReason.INVOICE_UNAVAILABLE if is_payment else FailureReason.ORGANIZER_UNREACHABLE
    if reason is not None:
        await fail_hold(services, booking, reason, nothing_in_flight=False, actor=ACTOR)
    return DONE


async def _finish(services: Services, booking: Booking) -> FailureReason | None:
    """Confirms the booking, or returns the reason why it cannot be confirmed."""
    if await services.gateways.organizers.look_up(booking) is not HoldState.HELD:
        return FailureReason.ORGANIZER_UNREACHABLE
    invoice = await services.gateways.payments.find(booking)
    if invoice is None or invoice.status is InvoiceStatus.VOID:
        return FailureReason.INVOICE_UNAVAILABLE
    await confirm_hold(services, booking, invoice, seconds=services.settings.hold_seconds, actor=ACTOR)
    return None
