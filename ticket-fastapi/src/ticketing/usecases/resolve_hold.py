"""A buyer's booking that is HOLDING for too long: whoever made it died or is very slow (DESIGN section 4, crash)."""

from __future__ import annotations

from ticketing.domain.booking import FailureReason
from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import HoldState, InvoiceStatus
from ticketing.services import Services
from ticketing.usecases.confirm_hold import confirm_hold, fail_hold
from ticketing.usecases.steps import DONE, Again, Done

ACTOR = "sweeper"


async def resolve_hold(services: Services, booking: Booking) -> Done | Again:
    """Finish the booking if organizer and payment both have their part of it, otherwise undo it. Raises when one does
    not answer.

    A slow handler may still be at work: both outcomes are conditional on HOLDING, and the release leaves tombstones for
    what it has sent.
    """
    state = await services.gateways.organizers.look_up(booking)
    invoice = await services.gateways.payments.find(booking.id)
    if state is HoldState.HELD and invoice is not None and invoice.status is not InvoiceStatus.VOID:
        seconds = services.settings.hold_seconds
        await confirm_hold(services, booking, invoice, seconds=seconds, actor=ACTOR)
        return DONE
    reason = FailureReason.INVOICE_UNAVAILABLE if state is HoldState.HELD else FailureReason.ORGANIZER_UNREACHABLE
    await fail_hold(services, booking, reason, nothing_on_its_way=False, actor=ACTOR)
    return DONE
