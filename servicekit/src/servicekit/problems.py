"""Problem documents, `application/problem+json` (RFC 9457), without any web framework.

Each service maps its own errors to problems in one table; contracts/problems.json lists slugs, statuses and titles.
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
    VersionChangedError,
    VersionMissingError,
    WrongFieldError,
)
from servicekit.tracing import current_trace

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
"""How long a caller shall wait before it tries again while the database is unavailable."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of error; `slug` is the stable `type` of its problem documents."""

    slug: str
    status: int
    title: str


MALFORMED_JSON = Problem("malformed-json", 400, "Malformed JSON")
UNAUTHENTICATED = Problem("unauthenticated", 401, "Not authenticated")
FORBIDDEN = Problem("forbidden", 403, "Forbidden")
NOT_FOUND = Problem("not-found", 404, "Not found")
METHOD_NOT_ALLOWED = Problem("method-not-allowed", 405, "Method not allowed")
BODY_TOO_LARGE = Problem("body-too-large", 413, "Body too large")
PRECONDITION_FAILED = Problem("precondition-failed", 412, "Precondition failed")
UNSUPPORTED_MEDIA_TYPE = Problem("unsupported-media-type", 415, "Unsupported media type")
VALIDATION_ERROR = Problem("validation-error", 422, "Validation error")
PRECONDITION_REQUIRED = Problem("precondition-required", 428, "Precondition required")
INTERNAL_ERROR = Problem("internal-error", 500, "Internal error")
BUSY = Problem("busy", 503, "Busy")
NOT_READY = Problem("not-ready", 503, "Not ready")

COMMON_PROBLEMS: dict[type[DomainError], Problem] = {
    NotFoundError: NOT_FOUND,
    KeyReusedError: Problem("idempotency-key-reused", 422, "Idempotency key reused"),
    StillRunningError: Problem("request-in-progress", 409, "Request in progress"),
    DeliveryStillTriedError: Problem("delivery-not-redeliverable", 409, "Delivery not redeliverable"),
    WrongFieldError: VALIDATION_ERROR,
}
"""The problems of the errors in `servicekit.errors` that every service has; a service adds its own."""

VERSION_PROBLEMS: dict[type[DomainError], Problem] = {
    VersionMissingError: PRECONDITION_REQUIRED,
    VersionChangedError: PRECONDITION_FAILED,
}
"""The problems of a service in which a change names the version that it is based on (`servicekit.versions`)."""

OF_STATUS = {
    problem.status: problem
    for problem in (MALFORMED_JSON, NOT_FOUND, METHOD_NOT_ALLOWED, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE)
}
"""The problems of the web framework's errors, by HTTP status."""


def document(
    problem: Problem, detail: str, *, instance: str, members: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Returns the problem document; `instance` is the request's path, `members` are added to the document."""
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
    """Returns the members that the problem document of `error` carries for programs."""
    if isinstance(error, WrongFieldError):
        return {**error.members, "errors": [field_error(error.field, error.code, error.detail)]}
    return dict(error.members)


def field_error(field: str, code: str, message: str) -> dict[str, str]:
    """Returns one wrong field in the form that the contract lists under `errors`."""
    return {"field": field, "code": code, "message": message}


def field_errors(errors: Sequence[Mapping[str, Any]], *, skip: int = 0) -> list[dict[str, str]]:
    """Converts Pydantic's errors to the form of the contract.

    `skip` is the number of leading parts of each location that say where the field was found (body, query). A part in
    parentheses names a variant of a field and is left out.
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
    """Returns the `detail` of the problem for a list of wrong fields."""
    return f"{errors[0]['field']}: {errors[0]['message']}" if len(errors) == 1 else f"{len(errors)} fields are wrong."
