"""Refusals as problem documents (RFC 9457): one table maps each of them."""

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
    """A kind of problem, and the sentence that describes it."""

    problem: Problem
    detail: str


REFUSALS: dict[type[HoldError], Refusal] = {
    HoldNotFound: Refusal(NOT_FOUND, "There is no hold with this id."),
    HoldDeclined: Refusal(Problem("declined", 409, "Declined"), "The organizer declined to hold these seats."),
    AlreadyHeld: Refusal(Problem("already-held", 409, "Already held"), "Another hold has at least one of these seats."),
    HoldReleased: Refusal(Problem("released", 409, "Released"), "This hold was released; its id cannot be held again."),
    HoldIdReused: Refusal(COMMON_PROBLEMS[KeyReusedError], "A hold with this id has another event or other seats."),
    OrganizerBroken: Refusal(INTERNAL_ERROR, "The organizer's system failed."),
}
NO_KEY = Refusal(UNAUTHENTICATED, "A valid service key is needed.")
WRONG_SIGNATURE = Refusal(UNAUTHENTICATED, "With an organizer's own key, a request must be signed with this key.")
TOO_LARGE = Refusal(BODY_TOO_LARGE, "The body is larger than 64 KiB.")
MALFORMED = Refusal(MALFORMED_JSON, "The body is not JSON.")
WRONG_FIELDS = Refusal(VALIDATION_ERROR, "Some fields are missing or wrong.")
INTERNAL = Refusal(INTERNAL_ERROR, "The service has logged the error under this request_id.")
UNREADY = Refusal(NOT_READY, "The database cannot serve this now.")
RETRY = {"retry-after": str(RETRY_SECONDS)}
_BY_STATUS = {
    400: MALFORMED,
    404: Refusal(NOT_FOUND, "There is nothing at this address."),
    405: Refusal(METHOD_NOT_ALLOWED, "This address does not accept this method."),
}


class FieldError(BaseModel):
    """One wrong field of a request."""

    field: str = Field(description="The path of the field within the request.")
    code: str = Field(description="A stable name of the error.")
    message: str = Field(description="The error, in a sentence for people.")


class ProblemDocument(BaseModel):
    """An error, as RFC 9457 describes it. Some problems carry further members."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="A stable slug, which programs can compare.")
    title: str = Field(description="The kind of problem, in a few words.")
    status: int = Field(description="The HTTP status of the answer.")
    detail: str = Field(description="What went wrong in this request, in a sentence.")
    instance: str = Field(description="The path of the request.")
    request_id: str = Field(description="The id under which the service has logged the request.")
    errors: list[FieldError] = Field(
        default_factory=list, description="The wrong fields; only with `validation-error`."
    )


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Returns the OpenAPI entry of problems with these statuses."""
    return {status: {"model": ProblemDocument} for status in statuses}


def name_media_type(document: dict[str, Any]) -> dict[str, Any]:
    """Sets the media type of refusals to `application/problem+json`; FastAPI documents every model as plain JSON."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
    return document


def answer(
    refusal: Refusal, *, instance: str, headers: Mapping[str, str] | None = None, **members: object
) -> JSONResponse:
    """Returns the problem document of a refusal; `members` are further facts."""
    body = document(refusal.problem, refusal.detail, instance=instance, members=members)
    return JSONResponse(body, refusal.problem.status, headers=headers, media_type=MEDIA_TYPE)


def _reply(request: Request, refusal: Refusal, **more: Any) -> JSONResponse:
    return answer(refusal, instance=request.url.path, **more)


async def _on_hold_error(request: Request, error: HoldError) -> JSONResponse:
    more = {"seats": list(error.seats), "held_by": error.held_by} if isinstance(error, AlreadyHeld) else {}
    return _reply(request, REFUSALS[type(error)], **more)


async def _on_database_error(request: Request, error: sqlite3.DatabaseError) -> JSONResponse:
    # The file is full, read-only, locked, broken or missing. All other errors are defects of this service.
    if not isinstance(error, sqlite3.OperationalError) and type(error) is not sqlite3.DatabaseError:
        raise error
    _log.warning("database.unavailable", error=str(error))
    return _reply(request, UNREADY, headers=RETRY)


async def _on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    return _reply(request, _BY_STATUS.get(error.status_code, INTERNAL), headers=error.headers)


async def _on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if is_malformed_json(found):
        return _reply(request, MALFORMED)
    # The first part of a location names the body, the path or the query; the field follows.
    return _reply(request, WRONG_FIELDS, errors=field_errors(found, skip=1))


def install_problem_handlers(app: FastAPI) -> None:
    app.exception_handler(HoldError)(_on_hold_error)
    app.exception_handler(sqlite3.DatabaseError)(_on_database_error)
    app.exception_handler(HTTPException)(_on_http_exception)
    app.exception_handler(RequestValidationError)(_on_validation_error)
