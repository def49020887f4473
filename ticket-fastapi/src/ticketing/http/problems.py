"""Errors as `application/problem+json` (RFC 9457).

One table says what each domain error becomes, nothing else decides it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from ticketing.db.trouble import DATABASE_ERRORS, is_unavailable
from ticketing.domain import booking_errors, delivery, event, seat_plan
from ticketing.domain.errors import DomainError, KeyReusedError, NotFoundError, StillRunningError, WrongFieldError
from ticketing.observability import current_trace

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of error: its stable `type` (a slug of contracts/problems.json), HTTP status and title."""

    slug: str
    status: int
    title: str


MALFORMED_JSON = Problem("malformed-json", 400, "Malformed JSON")
UNAUTHENTICATED = Problem("unauthenticated", 401, "Not authenticated")
FORBIDDEN = Problem("forbidden", 403, "Forbidden")
NOT_FOUND = Problem("not-found", 404, "Not found")
METHOD_NOT_ALLOWED = Problem("method-not-allowed", 405, "Method not allowed")
BODY_TOO_LARGE = Problem("body-too-large", 413, "Body too large")
UNSUPPORTED_MEDIA_TYPE = Problem("unsupported-media-type", 415, "Unsupported media type")
VALIDATION_ERROR = Problem("validation-error", 422, "Validation error")
INTERNAL_ERROR = Problem("internal-error", 500, "Internal error")
NOT_READY = Problem("not-ready", 503, "Not ready")

PROBLEM_OF: dict[type[DomainError], Problem] = {
    NotFoundError: NOT_FOUND,
    KeyReusedError: Problem("idempotency-key-reused", 422, "Idempotency key reused"),
    StillRunningError: Problem("request-in-progress", 409, "Request in progress"),
    event.EventNotFoundError: Problem("event-not-found", 404, "Event not found"),
    event.EventHasLiveBookingsError: Problem("event-has-live-bookings", 409, "Event has live bookings"),
    event.EventHasBookingsError: Problem("event-has-bookings", 409, "Event has bookings"),
    event.OrganizerExistsError: Problem("organizer-exists", 409, "Organizer exists"),
    event.OrganizerInUseError: Problem("organizer-in-use", 409, "Organizer in use"),
    delivery.DeliveryStillTriedError: Problem("delivery-not-redeliverable", 409, "Delivery not redeliverable"),
    seat_plan.SeatNotFoundError: Problem("seat-not-found", 404, "Seat not found"),
    seat_plan.SeatExistsError: Problem("seat-exists", 409, "Seat exists"),
    seat_plan.SeatInUseError: Problem("seat-in-use", 409, "Seat in use"),
    booking_errors.SeatUnavailableError: Problem("seat-unavailable", 409, "Seat unavailable"),
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

_BY_STATUS = {
    problem.status: problem
    for problem in (MALFORMED_JSON, NOT_FOUND, METHOD_NOT_ALLOWED, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE)
}


class HttpError(Exception):
    """A refusal that only HTTP knows of (keys, limits, signatures)."""

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
    """The document for `problem`; `instance` is the request's path, `members` are further facts."""
    trace = current_trace()
    document: dict[str, object] = {
        "type": problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": instance,
        "request_id": trace.request_id if trace else None,
        **(members or {}),
    }
    return Response(to_json(document), problem.status, dict(headers or {}), "application/problem+json")


def install_problem_handlers(app: FastAPI) -> None:
    """Every way in which a request can end badly answers with a problem document."""
    app.exception_handler(DomainError)(_domain_error)
    app.exception_handler(HttpError)(_http_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    app.exception_handler(HTTPException)(_framework_error)
    for kind in DATABASE_ERRORS:
        app.exception_handler(kind)(_database_error)


async def _domain_error(request: Request, error: DomainError) -> Response:
    if isinstance(error, WrongFieldError):
        wrong = {"field": error.field, "code": error.code, "message": error.detail}
        return problem_response(VALIDATION_ERROR, error.detail, instance=request.url.path, members={"errors": [wrong]})
    problem = next(PROBLEM_OF[kind] for kind in type(error).__mro__ if kind in PROBLEM_OF)
    return problem_response(problem, error.detail, instance=request.url.path, members=error.members)


async def _http_error(request: Request, error: HttpError) -> Response:
    return problem_response(error.problem, error.detail, instance=request.url.path, headers=error.headers)


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Pydantic's errors as the contract lists them: the field's path without where it was found.

    A part in parentheses names a variant of a field, not a field, and is left out.
    """
    return [
        {
            "field": ".".join(str(part) for part in error["loc"][1:] if str(part)[:1] != "(") or str(error["loc"][0]),
            "code": str(error["type"]),
            "message": str(error["msg"]),
        }
        for error in errors
    ]


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    errors = error.errors()
    if errors and errors[0]["type"] == "json_invalid":
        return problem_response(MALFORMED_JSON, "The body does not parse as JSON.", instance=request.url.path)
    listed = field_errors(errors)
    detail = f"{listed[0]['field']}: {listed[0]['message']}" if len(listed) == 1 else f"{len(listed)} fields are wrong."
    return problem_response(VALIDATION_ERROR, detail, instance=request.url.path, members={"errors": listed})


async def _framework_error(request: Request, error: HTTPException) -> Response:
    problem = _BY_STATUS.get(error.status_code, INTERNAL_ERROR)
    return problem_response(problem, f"{problem.title}.", instance=request.url.path, headers=error.headers)


async def _database_error(request: Request, error: Exception) -> Response:
    if not is_unavailable(error):
        raise error
    log.warning("database.unavailable", error=type(error).__name__, reason=str(error)[:200])
    return problem_response(
        NOT_READY, "The database cannot serve this now.", instance=request.url.path, headers={"retry-after": "2"}
    )
