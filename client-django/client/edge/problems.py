"""The shape of RFC 9457 problem documents, and the table that maps domain errors to them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict

from django.http import HttpResponse
from pydantic import JsonValue

from client.accounts import errors as accounts
from client.bookings import errors as bookings
from client.catalog import errors as catalog
from client.domain import errors
from client.edge import errors as edge
from client.observability import context

MEDIA_TYPE = "application/problem+json"


class FieldError(TypedDict):
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One kind of problem. `type` is a stable slug of contracts/problems.json."""

    type: str
    status: int
    title: str
    detail: str = ""
    errors: Sequence[FieldError] = ()
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self, path: str) -> dict[str, object]:
        document: dict[str, object] = {
            **self.extra,
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.title,
            "instance": path,
            "request_id": context.request_id(),
        }
        if self.errors:
            document["errors"] = list(self.errors)
        return document


def _problem(type_: str, status: int, title: str) -> Problem:
    return Problem(type=type_, status=status, title=title)


MALFORMED_JSON = _problem("malformed-json", 400, "Malformed JSON")
UNAUTHENTICATED = _problem("unauthenticated", 401, "Not authenticated")
FORBIDDEN = _problem("forbidden", 403, "Forbidden")
REQUEST_TIMEOUT = replace(
    _problem("request-timeout", 408, "Request timeout"), detail="The request did not arrive in time."
)
NOT_FOUND = _problem("not-found", 404, "Not found")
METHOD_NOT_ALLOWED = _problem("method-not-allowed", 405, "Method not allowed")
BODY_TOO_LARGE = _problem("body-too-large", 413, "Body too large")
URI_TOO_LONG = _problem("uri-too-long", 414, "URI too long")
PRECONDITION_FAILED = _problem("precondition-failed", 412, "Precondition failed")
UNSUPPORTED_MEDIA_TYPE = _problem("unsupported-media-type", 415, "Unsupported media type")
VALIDATION_ERROR = _problem("validation-error", 422, "Validation error")
PRECONDITION_REQUIRED = _problem("precondition-required", 428, "Precondition required")
TOO_MANY_REQUESTS = _problem("too-many-requests", 429, "Too many requests")
INTERNAL_ERROR = _problem("internal-error", 500, "Internal error")
NOT_READY = replace(_problem("not-ready", 503, "Not ready"), headers={"Retry-After": "2"})
BUSY = replace(
    _problem("busy", 503, "Busy"),
    detail="Too many requests of this kind are under way. Please try again in a moment.",
    headers={"Retry-After": "1"},
)
TICKET_UNAVAILABLE = replace(
    _problem("ticket-unavailable", 503, "Ticket service unavailable"), headers={"Retry-After": "5"}
)

TABLE: dict[type[errors.DomainError], Problem] = {
    errors.NotFoundError: NOT_FOUND,
    errors.InvalidFieldError: VALIDATION_ERROR,
    errors.TicketUnavailableError: TICKET_UNAVAILABLE,
    errors.NotReadyError: NOT_READY,
    edge.IdempotencyKeyReusedError: _problem("idempotency-key-reused", 422, "Idempotency key reused"),
    errors.RequestInProgressError: _problem("request-in-progress", 409, "Request in progress"),
    catalog.TooManyViewersError: replace(BUSY, headers={"Retry-After": "15"}),
    accounts.EmailTakenError: _problem("email-taken", 409, "Email taken"),
    accounts.InvalidCredentialsError: UNAUTHENTICATED,
    accounts.InvalidTokenError: UNAUTHENTICATED,
    accounts.UnknownCustomerError: VALIDATION_ERROR,
    accounts.OwnAccountError: FORBIDDEN,
    bookings.SeatUnavailableError: _problem("seat-unavailable", 409, "Seat unavailable"),
    bookings.OrganizerDeclinedError: _problem("organizer-declined", 502, "Organizer declined"),
    bookings.OrganizerUnreachableError: _problem("organizer-unreachable", 503, "Organizer unreachable"),
    bookings.PaymentUnavailableError: _problem("payment-unavailable", 503, "Payment unavailable"),
    bookings.InProgressError: _problem("booking-in-progress", 409, "Booking in progress"),
    bookings.AlreadyEndedError: _problem("booking-already-ended", 409, "Booking already ended"),
    bookings.DocumentNotReadyError: _problem("ticket-not-ready", 404, "Ticket not ready"),
}


def problem_of(error: errors.DomainError) -> Problem:
    known = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    fields: list[FieldError] = []
    if isinstance(error, errors.InvalidFieldError):
        fields = [{"field": error.field, "code": error.code, "message": error.detail}]
    return replace(known, detail=error.detail, errors=fields, extra=error.extra)


def busy(seconds: int) -> Problem:
    """Returns the problem of a full lane, for somebody who shall come again after so many seconds."""
    return replace(BUSY, headers={"Retry-After": str(seconds)})


def validation_error(fields: Sequence[FieldError]) -> Problem:
    return replace(VALIDATION_ERROR, errors=fields)


def problem_http_response(problem: Problem, path: str) -> HttpResponse:
    """Returns a problem where Django REST framework is not involved: middleware, unknown routes, plain views."""
    return HttpResponse(
        json.dumps(problem.document(path)),
        content_type=MEDIA_TYPE,
        status=problem.status,
        headers=dict(problem.headers),
    )
