"""Errors as `application/problem+json` (RFC 9457), as far as no web framework is needed.

Each service says in one table what its own errors become; slugs, statuses and titles stand in contracts/problems.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from servicekit.errors import (
    DeliveryStillTriedError,
    DomainError,
    KeyReusedError,
    NotFoundError,
    StillRunningError,
    WrongFieldError,
)
from servicekit.tracing import current_trace

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
"""After how long a caller may try again when the database cannot serve."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of error: `slug` is its stable `type`."""

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

COMMON_PROBLEMS: dict[type[DomainError], Problem] = {
    NotFoundError: NOT_FOUND,
    KeyReusedError: Problem("idempotency-key-reused", 422, "Idempotency key reused"),
    StillRunningError: Problem("request-in-progress", 409, "Request in progress"),
    DeliveryStillTriedError: Problem("delivery-not-redeliverable", 409, "Delivery not redeliverable"),
    WrongFieldError: VALIDATION_ERROR,
}
"""What the errors of `servicekit.errors` become; a service adds its own."""

OF_STATUS = {
    problem.status: problem
    for problem in (MALFORMED_JSON, NOT_FOUND, METHOD_NOT_ALLOWED, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE)
}
"""What an error of the web framework becomes, by its status."""


def document(
    problem: Problem, detail: str, *, instance: str, members: Mapping[str, object] | None = None
) -> dict[str, object]:
    """The problem document; `instance` is the request's path, `members` are further facts."""
    return {
        "type": problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": instance,
        "request_id": current_trace().request_id,
        **(members or {}),
    }


def members_of(error: DomainError) -> dict[str, object]:
    """The facts that a program finds in the document of `error`."""
    if isinstance(error, WrongFieldError):
        return {**error.members, "errors": [field_error(error.field, error.code, error.detail)]}
    return dict(error.members)


def field_error(field: str, code: str, message: str) -> dict[str, str]:
    """One wrong field, as the contract lists it under `errors`."""
    return {"field": field, "code": code, "message": message}


def field_errors(errors: Sequence[Mapping[str, Any]], *, skip: int = 0) -> list[dict[str, str]]:
    """Pydantic's errors as the contract lists them.

    `skip`: how many parts of each location say where the field was found (body, query) rather than which it is. A part
    in parentheses names a variant of a field, not a field, and is left out.
    """
    return [
        field_error(
            ".".join(str(part) for part in error["loc"][skip:] if str(part)[:1] != "(") or _first(error["loc"]),
            str(error["type"]),
            str(error["msg"]).removeprefix("Value error, "),
        )
        for error in errors
    ]


def _first(location: Sequence[str | int]) -> str:
    return str(location[0]) if location else ""


def is_malformed_json(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether Pydantic's errors say that the body does not parse as JSON."""
    return any(error["type"] == "json_invalid" for error in errors)


def summary(errors: Sequence[Mapping[str, str]]) -> str:
    """The `detail` for a list of wrong fields."""
    return f"{errors[0]['field']}: {errors[0]['message']}" if len(errors) == 1 else f"{len(errors)} fields are wrong."
