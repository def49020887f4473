"""One booking, carried on by the step that is due (DESIGN section 10, rule 7).

`next_step_at` says when a booking is to be looked at, and is the only thing that must not be lost. Claiming a booking
moves that time ahead, so that nobody else works at it meanwhile; a worker that dies leaves it to the next after
`LEASE`. Every step bears being repeated, and being done by two at once, so the lease spares work but guards nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from servicekit.db.engine import reading

from ticketing.db import bookings
from ticketing.db.booking_work import ClaimedStep
from ticketing.domain.booking_record import Booking, NextStep, next_step
from ticketing.domain.known import known
from ticketing.integrations.gateways import OrganizerSilentError, PaymentSilentError
from ticketing.integrations.object_store import ObjectStoreUnavailable
from ticketing.services import Services
from ticketing.usecases.expire_booking import settle_payment
from ticketing.usecases.issue_document import issue_document
from ticketing.usecases.promote_next import promote_next
from ticketing.usecases.refund_payment import refund_payment
from ticketing.usecases.release_seats import release_seats
from ticketing.usecases.resolve_hold import resolve_hold
from ticketing.usecases.steps import Again, Done, wait_and_see

LEASE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(minutes=10)
"""Between two tries of a step that fails for a reason of its own, as a defect does."""

PASSING = (OrganizerSilentError, PaymentSilentError, ObjectStoreUnavailable, TimeoutError)
"""Somebody else does not answer: the step is tried again later, ever more rarely."""

STEPS: dict[NextStep, Callable[[Services, Booking], Awaitable[Done | Again]]] = {
    NextStep.RESOLVE_HOLD: resolve_hold,
    NextStep.PROMOTE: promote_next,
    NextStep.SETTLE_PAYMENT: settle_payment,
    NextStep.RELEASE: release_seats,
    NextStep.ISSUE_DOCUMENT: issue_document,
    NextStep.REFUND: refund_payment,
}

log = structlog.get_logger()


async def advance(services: Services, claimed: ClaimedStep) -> None:
    """Take the step that is due. The one that follows it is due at once, in the lane of its kind.

    A step that fails is postponed, ever longer, and its error raised.
    """
    try:
        await _take_step(services, claimed)
    except Exception:
        await _postpone(services, claimed)
        raise


async def _take_step(services: Services, claimed: ClaimedStep) -> None:
    async with reading(services.engine) as connection:
        booking = known(await bookings.find(connection, claimed.booking_id))
    step = next_step(booking)
    if step is None:
        await _set_next_step(services, booking, None)
    elif step is claimed.step:
        outcome = await _take(services, booking, step)
        if isinstance(outcome, Again):
            await _set_next_step(services, booking, outcome.after)
    # Else somebody has moved the booking on since the claim, and has said when its new step is due.


async def _take(services: Services, booking: Booking, step: NextStep) -> Done | Again:
    try:
        return await STEPS[step](services, booking)
    except PASSING as error:
        log.warning("step.postponed", step=step, booking_id=str(booking.id), error=str(error))
        return wait_and_see(booking)


async def _postpone(services: Services, claimed: ClaimedStep) -> None:
    async with services.engine.begin() as connection:
        await bookings.postpone(connection, claimed.booking_id, claimed.until, shortest=LEASE, longest=LONGEST_PAUSE)


async def _set_next_step(services: Services, booking: Booking, after: timedelta | None) -> None:
    async with services.engine.begin() as connection:
        await bookings.set_next_step(connection, booking, after)
