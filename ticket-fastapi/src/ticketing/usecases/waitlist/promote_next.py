"""Requests hold and invoice for the first in a queue, who has the seat already (docs/booking.md, Waitlist)."""

from __future__ import annotations

from datetime import timedelta

from servicekit.crash_points import crash_point

from ticketing.db.catalogue import sales
from ticketing.db.waitlist.promotions import count_decline
from ticketing.domain.booking import FailureReason
from ticketing.domain.booking_record import Booking
from ticketing.domain.sale import OVER
from ticketing.integrations.gateways import HoldAnswer
from ticketing.services import Services
from ticketing.usecases.booking.confirm_hold import confirm_hold, fail_hold
from ticketing.usecases.booking.hold_and_invoice import request_hold, request_invoice
from ticketing.usecases.step_outcome import DONE, Done, Retry, retry_later

ACTOR = "promotion"
PAUSE_AFTER_DECLINE = timedelta(milliseconds=300)


async def promote_next(services: Services, booking: Booking) -> Done | Retry:
    """Makes one attempt.

    A decline of the organizer is counted, and the last allowed one fails the booking. If the organizer or payment is
    unreachable, nothing is counted; the attempt is repeated until the sale is over.
    """
    crash_point("promotion.started")
    outcome = await request_hold(services.gateways.organizers, booking, attempts=1)
    if outcome.answer is None:
        return await _unanswered(services, booking, FailureReason.ORGANIZER_UNREACHABLE)
    if outcome.answer is not HoldAnswer.HELD:
        return await _declined(services, booking, outcome.answer)
    crash_point("promotion.organizer-held")
    seconds = services.settings.offer_seconds
    invoice = await request_invoice(services.gateways.payments, booking, seconds)
    if invoice is None:
        return await _unanswered(services, booking, FailureReason.INVOICE_UNAVAILABLE)
    crash_point("promotion.invoice-made")
    await confirm_hold(services, booking, invoice, seconds=seconds, actor=ACTOR)
    crash_point("promotion.confirmed")
    return DONE


async def _unanswered(services: Services, booking: Booking, reason: FailureReason) -> Done | Retry:
    async with services.engine.begin() as connection:
        sale = await sales.sale_of(connection, booking.event.id)
    if sale not in OVER:
        return retry_later(booking)
    # An offer after the end of the sale would be worthless.
    await fail_hold(services, booking, reason, nothing_in_flight=False, actor=ACTOR)
    return DONE


async def _declined(services: Services, booking: Booking, answer: HoldAnswer) -> Done | Retry:
    async with services.engine.begin() as connection:
        declines = await count_decline(connection, booking)
    crash_point("promotion.declined")
    if declines < services.settings.promotion_attempts and answer is not HoldAnswer.RELEASED:
        return Retry(PAUSE_AFTER_DECLINE)
    # A request of an earlier attempt may still be in flight, so the seat stays until the organizer has a tombstone.
    await fail_hold(
        services,
        booking,
        FailureReason.ORGANIZER_DECLINED,
        nothing_in_flight=False,
        actor=ACTOR,
        detail={"answer": answer, "declines": declines},
    )
    return DONE
