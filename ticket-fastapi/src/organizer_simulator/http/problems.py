"""Every refusal as a problem document (RFC 9457), from one table."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from servicekit.errors import KeyReusedError
from servicekit.problems import (
    BODY_TOO_LARGE,
    COMMON_PROBLEMS,
    INTERNAL_ERROR,
    MALFORMED_JSON,
    MEDIA_TYPE,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    NOT_READY,
    RETRY_SECONDS,
    UNAUTHENTICATED,
    VALIDATION_ERROR,
    Problem,
    document,
    field_errors,
    is_malformed_json,
)
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

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of problem, and what it says of itself here."""

    problem: Problem
    detail: str


REFUSALS: dict[type[HoldError], Refusal] = {
    HoldNotFound: Refusal(NOT_FOUND, "There is no hold with this id."),
    HoldDeclined: Refusal(Problem("declined", 409, "Declined"), "The organizer declined to hold these seats."),
    AlreadyHeld: Refusal(Problem("already-held", 409, "Already held"), "Another hold has at least one of these seats."),
    HoldReleased: Refusal(Problem("released", 409, "Released"), "This hold was released; its id cannot be held again."),
    HoldIdReused: Refusal(COMMON_PROBLEMS[KeyReusedError], "This id already holds something else."),
    OrganizerBroken: Refusal(INTERNAL_ERROR, "The organizer's system failed."),
}
NO_KEY = Refusal(UNAUTHENTICATED, "A valid service key is needed.")
TOO_LARGE = Refusal(BODY_TOO_LARGE, "The body is larger than 64 KiB.")
MALFORMED = Refusal(MALFORMED_JSON, "The body is not JSON.")
WRONG_FIELDS = Refusal(VALIDATION_ERROR, "Some fields are missing or wrong.")
INTERNAL = Refusal(INTERNAL_ERROR, "Something went wrong here.")
UNREADY = Refusal(NOT_READY, "The database cannot serve this now.")
RETRY = {"retry-after": str(RETRY_SECONDS)}
_BY_STATUS = {
    400: MALFORMED,
    404: Refusal(NOT_FOUND, "There is nothing at this address."),
    405: Refusal(METHOD_NOT_ALLOWED, "This address does not know this method."),
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
                    response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
    return document


def answer(
    refusal: Refusal, *, instance: str, headers: Mapping[str, str] | None = None, **members: object
) -> JSONResponse:
    """The problem document of a refusal; `members` are further facts."""
    body = document(refusal.problem, refusal.detail, instance=instance, members=members)
    return JSONResponse(body, refusal.problem.status, headers=headers, media_type=MEDIA_TYPE)


def _reply(request: Request, refusal: Refusal, **more: Any) -> JSONResponse:
    return answer(refusal, instance=request.url.path, **more)


def _on_hold_error(request: Request, error: HoldError) -> JSONResponse:
    more = {"seats": list(error.seats), "held_by": error.held_by} if isinstance(error, AlreadyHeld) else {}
    return _reply(request, REFUSALS[type(error)], **more)


def _on_database_error(request: Request, error: sqlite3.DatabaseError) -> JSONResponse:
    # Full, read-only, locked, broken, or no database any more; the other kinds are defects of ours.
    if not isinstance(error, sqlite3.OperationalError) and type(error) is not sqlite3.DatabaseError:
        raise error
    _log.warning("database.unavailable", error=str(error))
    return _reply(request, UNREADY, headers=RETRY)


def _on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    return _reply(request, _BY_STATUS.get(error.status_code, INTERNAL), headers=error.headers)


def _on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if is_malformed_json(found):
        return _reply(request, MALFORMED)
    # The first part of a location says where the field stands (body, path, query); the field itself follows.
    return _reply(request, WRONG_FIELDS, errors=field_errors(found, skip=1))


def install_problem_handlers(app: FastAPI) -> None:
    app.exception_handler(HoldError)(_on_hold_error)
    app.exception_handler(sqlite3.DatabaseError)(_on_database_error)
    app.exception_handler(HTTPException)(_on_http_exception)
    app.exception_handler(RequestValidationError)(_on_validation_error)
