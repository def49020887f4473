"""The first in line has the seat; now the organizer's hold and the invoice for them (DESIGN section 4, Waitlist)."""

from __future__ import annotations

from datetime import timedelta

from ticketing.crash_points import crash_point
from ticketing.db.promotions import count_decline
from ticketing.domain.booking import FailureReason
from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import HoldAnswer
from ticketing.services import Services
from ticketing.usecases.ask_others import ask_organizer, ask_payment
from ticketing.usecases.confirm_hold import confirm_hold, fail_hold
from ticketing.usecases.steps import DONE, Again, Done, wait_and_see

ACTOR = "promotion"
PAUSE_AFTER_DECLINE = timedelta(milliseconds=300)


async def promote_next(services: Services, booking: Booking) -> Done | Again:
    """One try.

    A decline is counted, and the last one fails the booking; an organizer or a payment service that is silent burns
    nobody's turn.
    """
    crash_point("promotion.started")
    outcome = await ask_organizer(services.gateways.organizers, booking, attempts=1)
    if outcome.answer is None:
        return wait_and_see(booking)
    if outcome.answer is not HoldAnswer.HELD:
        return await _declined(services, booking, outcome.answer)
    crash_point("promotion.organizer-held")
    seconds = services.settings.offer_seconds
    invoice = await ask_payment(services.gateways.payments, booking, seconds)
    if invoice is None:
        return wait_and_see(booking)
    crash_point("promotion.invoice-made")
    await confirm_hold(services, booking, invoice, seconds=seconds, actor=ACTOR)
    crash_point("promotion.confirmed")
    return DONE


async def _declined(services: Services, booking: Booking, answer: HoldAnswer) -> Done | Again:
    async with services.engine.begin() as connection:
        declines = await count_decline(connection, booking)
    crash_point("promotion.declined")
    if declines < services.settings.promotion_attempts and answer is not HoldAnswer.RELEASED:
        return Again(PAUSE_AFTER_DECLINE)
    # An earlier try of this job may still be on its way to the organizer, so the seat waits for the tombstone.
    await fail_hold(
        services,
        booking,
        FailureReason.ORGANIZER_DECLINED,
        nothing_on_its_way=False,
        actor=ACTOR,
        detail={"answer": answer, "declines": declines},
    )
    return DONE
