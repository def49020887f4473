"""Errors as `application/problem+json` (RFC 9457): one table maps each domain error to its problem."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from servicekit.db.availability import DATABASE_ERRORS, is_unavailable
from servicekit.errors import DomainError
from servicekit.problems import (
    COMMON_PROBLEMS,
    INTERNAL_ERROR,
    MALFORMED_JSON,
    MEDIA_TYPE,
    NOT_READY,
    OF_STATUS,
    RETRY_SECONDS,
    VALIDATION_ERROR,
    VERSION_PROBLEMS,
    Problem,
    document,
    field_errors,
    is_malformed_json,
    members_of,
    summary,
)
from starlette.exceptions import HTTPException

from ticketing.domain import booking_errors, event, seat_plan

RETRY_AFTER = {"retry-after": str(RETRY_SECONDS)}

log = structlog.get_logger()

PROBLEM_OF: dict[type[DomainError], Problem] = {
    **COMMON_PROBLEMS,
    **VERSION_PROBLEMS,
    event.EventNotFoundError: Problem("event-not-found", 404, "Event not found"),
    event.EventHasLiveBookingsError: Problem("event-has-live-bookings", 409, "Event has live bookings"),
    event.EventHasBookingsError: Problem("event-has-bookings", 409, "Event has bookings"),
    event.OrganizerExistsError: Problem("organizer-exists", 409, "Organizer exists"),
    event.OrganizerHasLiveHoldsError: Problem("organizer-has-live-holds", 409, "Organizer has live holds"),
    event.OrganizerInUseError: Problem("organizer-in-use", 409, "Organizer in use"),
    seat_plan.SeatNotFoundError: Problem("seat-not-found", 404, "Seat not found"),
    seat_plan.SeatExistsError: Problem("seat-exists", 409, "Seat exists"),
    seat_plan.SeatInUseError: Problem("seat-in-use", 409, "Seat in use"),
    booking_errors.SeatUnavailableError: Problem("seat-unavailable", 409, "Seat unavailable"),
    booking_errors.TooManyUnpaidSeatsError: Problem("too-many-unpaid-seats", 409, "Too many unpaid seats"),
    booking_errors.BookingAbandonedError: Problem("booking-abandoned", 409, "Booking abandoned"),
    booking_errors.SaleNotOpenError: Problem("sale-not-open", 409, "Sale not open"),
    booking_errors.SaleClosedError: Problem("sale-closed", 409, "Sale closed"),
    booking_errors.EventCancelledError: Problem("event-cancelled", 409, "Event cancelled"),
    booking_errors.OrganizerDeclinedError: Problem("organizer-declined", 502, "Organizer declined"),
    booking_errors.OrganizerUnreachableError: Problem("organizer-unreachable", 503, "Organizer unreachable"),
    booking_errors.PaymentUnavailableError: Problem("payment-unavailable", 503, "Payment unavailable"),
    booking_errors.BookingInProgressError: Problem("booking-in-progress", 409, "Booking in progress"),
    booking_errors.PaymentInProgressError: Problem("payment-in-progress", 409, "Payment in progress"),
    booking_errors.EventStartedError: Problem("event-started", 409, "Event has started"),
    booking_errors.BookingAlreadyEndedError: Problem("booking-already-ended", 409, "Booking already ended"),
    booking_errors.TicketNotReadyError: Problem("ticket-not-ready", 404, "Ticket not ready"),
    booking_errors.SeatOpenError: Problem("seat-open", 409, "Seat open"),
    booking_errors.SeatAlreadyYoursError: Problem("seat-already-yours", 409, "Seat already yours"),
    booking_errors.AlreadyQueuedError: Problem("already-queued", 409, "Already queued"),
    booking_errors.EntryNotLeavableError: Problem("not-leavable", 409, "Cannot be left"),
    booking_errors.SubjectUnknownError: Problem("subject-unknown", 503, "Subject unknown so far"),
}


class HttpError(Exception):
    """A refusal for a reason of HTTP alone: keys, limits, signatures."""

    def __init__(self, problem: Problem, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail
        self.headers = headers


def problem_response(
    problem: Problem,
    detail: str,
    *,
    instance: str,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, object] | None = None,
) -> Response:
    """Returns the document of `problem`; `instance` is the request's path, `members` are further facts."""
    body = to_json(document(problem, detail, instance=instance, members=members))
    return Response(body, problem.status, dict(headers or {}), MEDIA_TYPE)


def install_problem_handlers(app: FastAPI) -> None:
    """Makes every error of a request answer with a problem document."""
    app.exception_handler(DomainError)(_domain_error)
    app.exception_handler(HttpError)(_http_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(HTTPException)(_framework_error)
    for kind in DATABASE_ERRORS:
        app.exception_handler(kind)(_database_error)


def problem_of(error: DomainError) -> Problem:
    """Returns the problem that a refusal of the domain is answered with."""
    return next(PROBLEM_OF[kind] for kind in type(error).__mro__ if kind in PROBLEM_OF)


async def _domain_error(request: Request, error: DomainError) -> Response:
    problem = problem_of(error)
    headers = RETRY_AFTER if problem.status == NOT_READY.status else None
    return problem_response(
        problem, error.detail, instance=request.url.path, headers=headers, members=members_of(error)
    )


async def _http_error(request: Request, error: HttpError) -> Response:
    return problem_response(error.problem, error.detail, instance=request.url.path, headers=error.headers)


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    errors = error.errors()
    if is_malformed_json(errors):
        return problem_response(MALFORMED_JSON, "The body does not parse as JSON.", instance=request.url.path)
    # The first part of a location names the body, the path, the query or a header.
    listed = field_errors(errors, skip=1)
    return problem_response(VALIDATION_ERROR, summary(listed), instance=request.url.path, members={"errors": listed})


async def _framework_error(request: Request, error: HTTPException) -> Response:
    problem = OF_STATUS.get(error.status_code, INTERNAL_ERROR)
    return problem_response(problem, f"{problem.title}.", instance=request.url.path, headers=error.headers)


async def _database_error(request: Request, error: Exception) -> Response:
    if not is_unavailable(error):
        raise error
    log.warning("database.unavailable", error=type(error).__name__, reason=str(error)[:200])
    return problem_response(
        NOT_READY, "The database cannot serve this now.", instance=request.url.path, headers=RETRY_AFTER
    )
