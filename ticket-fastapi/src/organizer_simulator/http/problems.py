"""Every refusal as a problem document (RFC 9457), from one table."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from organizer_simulator.domain.hold import (
    AlreadyHeld,
    HoldDeclined,
    HoldError,
    HoldIdReused,
    HoldNotFound,
    HoldReleased,
    OrganizerBroken,
)

PROBLEM_JSON = "application/problem+json"
_log = structlog.stdlib.get_logger("organizer.http")


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of refusal: `type` is a slug of contracts/problems.json."""

    type: str
    status: int
    title: str
    detail: str


PROBLEMS: dict[type[HoldError], Problem] = {
    HoldNotFound: Problem("not-found", 404, "Not found", "There is no hold with this id."),
    HoldDeclined: Problem("declined", 409, "Declined", "The organizer declined to hold these seats."),
    AlreadyHeld: Problem("already-held", 409, "Already held", "Another hold has at least one of these seats."),
    HoldReleased: Problem("released", 409, "Released", "This hold was released; its id cannot be held again."),
    HoldIdReused: Problem(
        "idempotency-key-reused", 422, "Idempotency key reused", "This id already holds something else."
    ),
    OrganizerBroken: Problem("internal-error", 500, "Internal error", "The organizer's system failed."),
}
UNAUTHENTICATED = Problem("unauthenticated", 401, "Not authenticated", "A valid service key is needed.")
BODY_TOO_LARGE = Problem("body-too-large", 413, "Body too large", "The body is larger than 64 KiB.")
MALFORMED_JSON = Problem("malformed-json", 400, "Malformed JSON", "The body is not JSON.")
VALIDATION_ERROR = Problem("validation-error", 422, "Validation error", "Some fields are missing or wrong.")
INTERNAL_ERROR = Problem("internal-error", 500, "Internal error", "Something went wrong here.")
NOT_READY = Problem("not-ready", 503, "Not ready", "The database cannot serve this now.")
RETRY = {"retry-after": "2"}
_BY_STATUS = {
    400: MALFORMED_JSON,
    404: Problem("not-found", 404, "Not found", "There is nothing at this address."),
    405: Problem("method-not-allowed", 405, "Method not allowed", "This address does not know this method."),
}


class FieldError(BaseModel):
    field: str
    code: str
    message: str


class ProblemDocument(BaseModel):
    """RFC 9457 with `request_id`; wrong fields are under `errors`."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[FieldError] = Field(default_factory=list)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of problems with these statuses."""
    return {status: {"model": ProblemDocument} for status in statuses}


def name_media_type(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI documents every model as plain JSON; refusals are `application/problem+json`."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    response["content"] = {PROBLEM_JSON: response["content"]["application/json"]}
    return document


def answer(
    problem: Problem,
    *,
    instance: str,
    request_id: str,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> JSONResponse:
    body = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
        "request_id": request_id,
        **more,
    }
    return JSONResponse(body, problem.status, headers=headers, media_type=PROBLEM_JSON)


def _reply(request: Request, problem: Problem, **more: Any) -> JSONResponse:
    return answer(problem, instance=request.url.path, request_id=request.state.request_id, **more)


def _on_hold_error(request: Request, error: HoldError) -> JSONResponse:
    more = {"seats": list(error.seats), "held_by": error.held_by} if isinstance(error, AlreadyHeld) else {}
    return _reply(request, PROBLEMS[type(error)], **more)


def _on_database_error(request: Request, error: sqlite3.DatabaseError) -> JSONResponse:
    # Full, read-only, locked, broken, or no database any more; the other kinds are defects of ours.
    if not isinstance(error, sqlite3.OperationalError) and type(error) is not sqlite3.DatabaseError:
        raise error
    _log.warning("database.unavailable", error=str(error))
    return _reply(request, NOT_READY, headers=RETRY)


def _on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    return _reply(request, _BY_STATUS.get(error.status_code, INTERNAL_ERROR), headers=error.headers)


def _on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if any(entry["type"] == "json_invalid" for entry in found):
        return _reply(request, MALFORMED_JSON)
    return _reply(request, VALIDATION_ERROR, errors=[_field_error(entry) for entry in found])


def _field_error(entry: Mapping[str, Any]) -> dict[str, str]:
    location: Sequence[str | int] = entry["loc"]
    # The first part says where the field stands (body, path, query); the field itself follows.
    field = ".".join(str(part) for part in location[1:])
    return {"field": field, "code": entry["type"], "message": entry["msg"]}


def install_problem_handlers(app: FastAPI) -> None:
    app.exception_handler(HoldError)(_on_hold_error)
    app.exception_handler(sqlite3.DatabaseError)(_on_database_error)
    app.exception_handler(HTTPException)(_on_http_exception)
    app.exception_handler(RequestValidationError)(_on_validation_error)
