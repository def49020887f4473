"""Books seats for a buyer, from the request to the payment URL (docs/booking.md, steps 2 to 5)."""

from __future__ import annotations

from time import monotonic

from servicekit.crash_points import crash_point
from servicekit.errors import DomainError, StillRunningError

from ticketing.db.booking import bookings
from ticketing.db.booking.take_seats import BookingRequest
from ticketing.domain.booking import BookingStatus, CancelReason, FailureReason
from ticketing.domain.booking_errors import (
    EventCancelledError,
    OrganizerDeclinedError,
    OrganizerUnreachableError,
    PaymentUnavailableError,
)
from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import HoldAnswer
from ticketing.services import Services
from ticketing.usecases.booking.confirm_hold import confirm_hold, fail_hold
from ticketing.usecases.booking.hold_and_invoice import INVOICE_SECONDS, request_hold, request_invoice
from ticketing.usecases.booking.hold_seats import hold_seats
from ticketing.usecases.webhooks.representations import booking_data

ANSWER_SECONDS = 8.0
"""The client service waits 9 seconds for the answer (contracts/README.md).

With the default settings the slowest case is a hold that times out (5 s), a look-up that finds it at the last moment
(2 s), and a payment service that does not answer (1 s): 8 s, plus a few milliseconds for the database.
"""
SHORTEST_INVOICE_SECONDS = 1.0


async def book(services: Services, request: BookingRequest, *, actor: str) -> tuple[Booking, bool]:
    """Returns the booking, which is AWAITING_PAYMENT, and whether the request repeats an earlier one.

    Raises a domain error if the request is refused, in which case nothing is stored, or if the stored booking failed.
    """
    started = monotonic()
    booking, is_new = await hold_seats(services, request, actor=actor)
    if not is_new:
        return first_answer(booking), True
    crash_point("booking.seats-taken")
    ended = await _obtain(services, booking, actor, started)
    # None: another process, such as a worker, has ended the booking meanwhile; its current state is the answer.
    return first_answer(ended or await _reload(services, booking)), False


def invoice_seconds(elapsed: float) -> float:
    """Returns how many seconds payment may take if the organizer has answered after `elapsed` seconds."""
    return min(INVOICE_SECONDS, max(ANSWER_SECONDS - elapsed, SHORTEST_INVOICE_SECONDS))


async def _obtain(services: Services, booking: Booking, actor: str, started: float) -> Booking | None:
    """Requests the hold and the invoice; returns the confirmed or failed booking."""
    settings = services.settings
    outcome = await request_hold(services.gateways.organizers, booking, settings.organizer_attempts)
    if outcome.answer is None:
        reason = FailureReason.ORGANIZER_UNREACHABLE
        return await fail_hold(services, booking, reason, nothing_in_flight=outcome.certain, actor=actor)
    if outcome.answer is not HoldAnswer.HELD:
        crash_point("booking.organizer-declined")
        return await fail_hold(
            services,
            booking,
            FailureReason.ORGANIZER_DECLINED,
            nothing_in_flight=outcome.certain,
            actor=actor,
            detail={"answer": outcome.answer},
        )
    crash_point("booking.organizer-held")
    within = invoice_seconds(monotonic() - started)
    invoice = await request_invoice(services.gateways.payments, booking, settings.hold_seconds, within=within)
    if invoice is None:
        reason = FailureReason.INVOICE_UNAVAILABLE
        return await fail_hold(services, booking, reason, nothing_in_flight=False, actor=actor)
    crash_point("booking.invoice-made")
    confirmed = await confirm_hold(services, booking, invoice, seconds=settings.hold_seconds, actor=actor)
    crash_point("booking.confirmed")
    return confirmed


async def _reload(services: Services, booking: Booking) -> Booking:
    async with services.engine.connect() as connection:
        return await bookings.require(connection, booking.id)


_FAILURES: dict[FailureReason, tuple[type[DomainError], str]] = {
    FailureReason.ORGANIZER_DECLINED: (OrganizerDeclinedError, "The organizer declined to hold the seats."),
    FailureReason.ORGANIZER_UNREACHABLE: (OrganizerUnreachableError, "The organizer's system gave no usable answer."),
    FailureReason.INVOICE_UNAVAILABLE: (PaymentUnavailableError, "No invoice could be made."),
}


def first_answer(booking: Booking) -> Booking:
    """Returns the answer to the request that created this booking; raises if its hold failed or is not decided yet."""
    facts = {"booking_id": booking.id, "booking": booking_data(booking)}
    if booking.status is BookingStatus.HOLDING:
        raise StillRunningError("The first request for this booking is still running.", booking_id=booking.id)
    if booking.cancel_reason is CancelReason.EVENT_CANCELLED and booking.invoice_number is None:
        raise EventCancelledError("The event was cancelled.", **facts)
    if booking.failure_reason in _FAILURES:
        failure, detail = _FAILURES[booking.failure_reason]
        raise failure(detail, **facts)
    return booking
