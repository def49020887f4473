"""Takes the next step of a booking (docs/booking.md, rule 7).

`next_step_at` says when the next step of a booking is due. Claiming the booking moves that time ahead by `LEASE`, so
that other workers skip it; if the worker dies, another one claims the booking after the lease. Every step can be
repeated, also by two workers at once, so the lease saves work but guards nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog
from servicekit.db.engine import reading
from servicekit.lanes import Left

from ticketing.db.booking import bookings
from ticketing.db.booking.due_steps import ClaimedStep
from ticketing.domain.booking_record import Booking, NextStep, next_step
from ticketing.integrations.gateways import OrganizerPausedError, UnreachableOrganizerError, UnreachablePaymentError
from ticketing.integrations.object_store import ObjectStoreUnavailable
from ticketing.services import Services
from ticketing.usecases import step_outcome
from ticketing.usecases.booking.issue_document import issue_document
from ticketing.usecases.booking.issue_documents import issue_documents
from ticketing.usecases.booking.release_seats import release_seats
from ticketing.usecases.booking.resolve_hold import resolve_hold
from ticketing.usecases.payment.check_payments import check_payments
from ticketing.usecases.payment.refund_payment import refund_payment
from ticketing.usecases.payment.settle_payment import settle_payment
from ticketing.usecases.step_outcome import Done, Retry, retry_later
from ticketing.usecases.waitlist.promote_next import promote_next

LEASE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(minutes=10)
"""The longest pause between two attempts of a step that fails because of a defect."""

TRANSIENT = (UnreachableOrganizerError, UnreachablePaymentError, ObjectStoreUnavailable, TimeoutError)
"""Errors of a service that does not answer: the step is repeated later, with growing pauses."""

STEPS: dict[NextStep, Callable[[Services, Booking], Awaitable[Done | Retry]]] = {
    NextStep.RESOLVE_HOLD: resolve_hold,
    NextStep.PROMOTE: promote_next,
    NextStep.SETTLE_PAYMENT: settle_payment,
    NextStep.RELEASE: release_seats,
    NextStep.ISSUE_DOCUMENT: issue_document,
    NextStep.REFUND: refund_payment,
}

log = structlog.get_logger()


async def advance(services: Services, claimed: ClaimedStep) -> None:
    """Takes the step that is due; the following step is then due at once, in its own lane.

    If the step fails, postpones it with a growing pause and raises the error.
    """
    try:
        await _take_step(services, claimed)
    except Exception:
        await _postpone(services, claimed)
        raise


async def advance_documents(services: Services, claimed: Sequence[ClaimedStep]) -> list[Left | Exception]:
    """Issues the documents of several bookings together; returns for each what is left, in order.

    A step that met one of `TRANSIENT` is repeated later, as when it is taken alone. Whatever else is out of the
    ordinary with a booking is left to `advance`.
    """
    async with reading(services.engine) as connection:
        found = await bookings.find_all(connection, [each.booking_id for each in claimed])
    due = [(found[each.booking_id], each.trace) for each in claimed if _wants_document(found.get(each.booking_id))]
    outcomes = await issue_documents(services, due)
    return [await _left(services, outcomes.get(each.booking_id), found.get(each.booking_id)) for each in claimed]


async def advance_deadlines(services: Services, claimed: Sequence[ClaimedStep]) -> list[Left | Exception]:
    """Looks up the invoices of several unpaid bookings together; leaves to `advance` those that need more than that."""
    async with reading(services.engine) as connection:
        found = await bookings.find_all(connection, [each.booking_id for each in claimed])
    unpaid = [each for each in found.values() if next_step(each) is NextStep.SETTLE_PAYMENT]
    waiting = await check_payments(services, unpaid)
    return [Left.NOTHING if each.booking_id in waiting else Left.ALONE for each in claimed]


def _wants_document(booking: Booking | None) -> bool:
    return booking is not None and next_step(booking) is NextStep.ISSUE_DOCUMENT


async def _left(services: Services, outcome: Done | Retry | BaseException | None, booking: Booking | None) -> Left:
    if isinstance(outcome, TRANSIENT) and booking is not None:
        outcome = _retry_after(outcome, booking, NextStep.ISSUE_DOCUMENT)
    if isinstance(outcome, Retry) and booking is not None:
        await _set_next_step(services, booking, outcome.after)
        return Left.NOTHING
    return Left.NOTHING if isinstance(outcome, Done) else Left.ALONE


async def _take_step(services: Services, claimed: ClaimedStep) -> None:
    async with reading(services.engine) as connection:
        booking = await bookings.require(connection, claimed.booking_id)
    step = next_step(booking)
    if step is None:
        await _set_next_step(services, booking, None)
    elif step is claimed.step:
        outcome = await _take(services, booking, step)
        if isinstance(outcome, Retry):
            await _set_next_step(services, booking, outcome.after)
    # Otherwise the booking has changed since the claim, and that change has set the time of its new step.


async def _take(services: Services, booking: Booking, step: NextStep) -> Done | Retry:
    try:
        return await STEPS[step](services, booking)
    except TRANSIENT as error:
        return _retry_after(error, booking, step)


def _retry_after(error: BaseException, booking: Booking, step: NextStep) -> Retry:
    """Returns when the step is repeated that met one of `TRANSIENT`."""
    if isinstance(error, OrganizerPausedError):
        return retry_later(booking, shortest=timedelta(seconds=error.seconds))
    log.warning("step.postponed", step=step, booking_id=str(booking.id), error=str(error))
    if isinstance(error, ObjectStoreUnavailable):
        return retry_later(booking, longest=step_outcome.LONGEST_WAIT_FOR_THE_STORE)
    return retry_later(booking)


async def _postpone(services: Services, claimed: ClaimedStep) -> None:
    async with services.engine.begin() as connection:
        await bookings.postpone(connection, claimed.booking_id, claimed.until, shortest=LEASE, longest=LONGEST_PAUSE)


async def _set_next_step(services: Services, booking: Booking, after: timedelta | None) -> None:
    async with services.engine.begin() as connection:
        await bookings.set_next_step(connection, booking, after)
