"""Turns every exception of a view into a problem document."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from servicekit.errors import VersionChangedError, VersionMissingError

from client.domain.errors import DomainError
from client.edge import problems
from client.edge.parsers import MalformedJSON
from client.edge.problems import FieldError, Problem
from client.ticket_api.errors import TicketRefusedError

BY_EXCEPTION: list[tuple[type[Exception], Problem]] = [
    (MalformedJSON, problems.MALFORMED_JSON),
    (exceptions.ParseError, problems.MALFORMED_JSON),
    (exceptions.NotAuthenticated, problems.UNAUTHENTICATED),
    (exceptions.AuthenticationFailed, problems.UNAUTHENTICATED),
    (exceptions.PermissionDenied, problems.FORBIDDEN),
    (PermissionDenied, problems.FORBIDDEN),
    (exceptions.NotFound, problems.NOT_FOUND),
    (Http404, problems.NOT_FOUND),
    (exceptions.MethodNotAllowed, problems.METHOD_NOT_ALLOWED),
    (exceptions.UnsupportedMediaType, problems.UNSUPPORTED_MEDIA_TYPE),
    (exceptions.Throttled, problems.TOO_MANY_REQUESTS),
    (RequestDataTooBig, problems.BODY_TOO_LARGE),
    (VersionMissingError, problems.PRECONDITION_REQUIRED),
]


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Returns the problem document; None leaves the exception to Django, which logs it and answers `internal-error`."""
    problem = problem_of_exception(error)
    if problem is None:
        return None
    headers = {**problem.headers, **_challenge(problem)}
    path = context["request"].path
    return Response(problem.document(path), status=problem.status, headers=headers, content_type=problems.MEDIA_TYPE)


def problem_of_exception(error: Exception) -> Problem | None:
    """Returns the problem that answers an exception of a view; None for an unexpected one."""
    if isinstance(error, TicketRefusedError):
        return _from_ticket(error)
    if isinstance(error, DomainError):
        return problems.problem_of(error)
    if isinstance(error, exceptions.ValidationError):
        return problems.validation_error(list(_fields("", error.detail)))
    if isinstance(error, VersionChangedError):
        return replace(problems.PRECONDITION_FAILED, detail=error.detail, extra={"etag": str(error.members["etag"])})
    for kind, problem in BY_EXCEPTION:
        if isinstance(error, kind):
            return replace(problem, detail=_detail(error), headers=_headers(error))
    return None


def _from_ticket(error: TicketRefusedError) -> Problem:
    """Returns ticket's problem with our path and request id."""
    problem = error.problem
    return Problem(
        type=problem.type,
        status=problem.status,
        title=problem.title or problem.type,
        detail=problem.detail,
        errors=[FieldError(field=each.field, code=each.code, message=each.message) for each in problem.errors],
        extra={**problem.members(), **error.extra},
    )


def _fields(path: str, detail: Any) -> Iterator[FieldError]:
    """Flattens the nested errors of Django REST framework into paths such as `seat_ids.0`."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            own = "" if key == "non_field_errors" else str(key)
            yield from _fields(".".join(part for part in (path, own) if part), value)
    elif isinstance(detail, list):
        for position, value in enumerate(detail):
            nested = isinstance(value, (dict, list))
            yield from _fields(f"{path}.{position}".lstrip(".") if nested else path, value)
    else:
        yield {"field": path, "code": str(getattr(detail, "code", "invalid")), "message": str(detail)}


def _detail(error: Exception) -> str:
    detail = getattr(error, "detail", "")
    if isinstance(detail, dict):
        detail = detail.get("detail", "")
    return str(detail)


def _headers(error: Exception) -> dict[str, str]:
    wait = getattr(error, "wait", None)
    return {"Retry-After": str(max(1, math.ceil(wait)))} if wait is not None else {}


def _challenge(problem: Problem) -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="client"'} if problem.status == 401 else {}
