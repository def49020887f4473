"""The errors of the client service in sentences for people."""

from collections.abc import Callable

from frontend.api.errors import ClientError, Party, Problem, Refused, ServiceUnreachable, SessionExpired, Trouble
from frontend.wording.formatting import count, duration
from frontend.wording.outages import OUTAGES
from frontend.wording.states import FAILURE_REASONS

EXPIRED = "Your sign-in has ended. Please sign in again."
CHANGED_MEANWHILE = "Somebody else has changed this since you opened it, so nothing was saved or deleted."

# The service's sentence for these problems is for programs; the dashboard's sentence is for people.
_SENTENCES = {
    "seat-unavailable": "At least one of these seats has just been taken by somebody else. Please choose again.",
    "organizer-declined": FAILURE_REASONS["ORGANIZER_DECLINED"],
    "organizer-unreachable": FAILURE_REASONS["ORGANIZER_UNREACHABLE"],
    "payment-unavailable": FAILURE_REASONS["INVOICE_UNAVAILABLE"],
    "ticket-unavailable": OUTAGES[Party.TICKET, Trouble.UNREACHABLE],
    "not-ready": OUTAGES[Party.CLIENT, Trouble.NOT_READY],
    "payment-in-progress": "A payment for this booking is being processed right now. Please wait for its outcome.",
    "event-started": "The event has begun, so this booking can no longer be cancelled here. Our staff still can.",
    "booking-in-progress": "The booking is still being made. Please try again in a moment.",
    "validation-error": "Some of what was entered is not accepted.",
    "precondition-failed": CHANGED_MEANWHILE,
    "precondition-required": "This page is older than the booking service. Please reload it, and try again.",
    "request-in-progress": "This was sent before and is still being worked on. Please try again in a moment.",
}


def _too_many_requests(problem: Problem) -> str:
    if problem.retry_after is None:
        return "That was tried too often. Please try again a little later."
    return f"That was tried too often. Please try again in {duration(problem.retry_after)}."


def _too_many_unpaid_seats(problem: Problem) -> str:
    seats = count(problem.unpaid or 0, "seat is", "seats are")
    if problem.scope == "address":
        return (
            f"{seats} waiting for payment from your internet connection, which others may use too. "
            "Pay or cancel some first, or try again later."
        )
    yours = count(problem.unpaid or 0, "seat")
    return f"You have {yours} waiting for payment at this event. Pay or cancel some first."


_COMPOSED: dict[str, Callable[[Problem], str]] = {
    "too-many-requests": _too_many_requests,
    "too-many-unpaid-seats": _too_many_unpaid_seats,
}


def sentence(error: ClientError) -> str:
    """Returns the error in a sentence for people."""
    if isinstance(error, Refused):
        compose = _COMPOSED.get(error.problem.type)
        return compose(error.problem) if compose else _SENTENCES.get(error.problem.type, error.problem.explanation)
    if isinstance(error, SessionExpired):
        return EXPIRED
    if isinstance(error, ServiceUnreachable):
        return OUTAGES[error.party, error.trouble]
    return str(error)
