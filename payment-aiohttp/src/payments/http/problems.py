"""Maps errors to RFC 9457 problem documents (contracts/problems.json).

This is the only module that maps errors of the domain to HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from aiohttp import web
from pydantic import ValidationError
from pydantic_core import to_json
from servicekit.db.availability import is_unavailable
from servicekit.errors import DomainError
from servicekit.problems import (
    COMMON_PROBLEMS,
    FORBIDDEN,
    INTERNAL_ERROR,
    MALFORMED_JSON,
    MEDIA_TYPE,
    NOT_FOUND,
    NOT_READY,
    OF_STATUS,
    RETRY_SECONDS,
    UNAUTHENTICATED,
    VALIDATION_ERROR,
    Problem,
    document,
    field_errors,
    is_malformed_json,
    members_of,
    summary,
)

from payments.domain import errors

PROBLEM_OF_ERROR: dict[type[DomainError], Problem] = {
    **COMMON_PROBLEMS,
    errors.InvoiceVoidError: Problem("invoice-void", 409, "Invoice void"),
    errors.NotVoidableError: Problem("invoice-not-voidable", 409, "Invoice not voidable"),
    errors.NotRefundableError: Problem("invoice-not-refundable", 409, "Invoice not refundable"),
    errors.AlreadyDecidedError: Problem("payment-already-decided", 409, "Payment already decided"),
    errors.InvoiceExpiredError: Problem("invoice-expired", 409, "Invoice expired"),
}
PROBLEMS = {
    problem.slug: problem
    for problem in (
        *PROBLEM_OF_ERROR.values(),
        *OF_STATUS.values(),
        *(UNAUTHENTICATED, FORBIDDEN, INTERNAL_ERROR, NOT_READY),
    )
}
"""Every problem that this service answers, keyed by its slug."""

UNAVAILABLE = "The database cannot serve at present."
RETRY_AFTER = str(RETRY_SECONDS)

log = structlog.get_logger()


class ProblemError(Exception):
    """A refusal that is about HTTP itself rather than about the domain."""

    def __init__(self, problem: Problem, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def problem(
    request: web.Request,
    kind: Problem,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, object] | None = None,
) -> web.Response:
    """Returns the answer with the problem document; `members` are added to the document."""
    body = to_json(document(kind, detail, instance=request.path, members=members))
    return web.Response(body=body, status=kind.status, content_type=MEDIA_TYPE, headers=headers)


def problem_of(request: web.Request, error: Exception) -> web.Response | None:
    """Returns the problem that an error means to the caller; None if the error is a defect of this service."""
    for kind, describe in _DESCRIPTIONS.items():
        if isinstance(error, kind):
            return describe(request, error)
    if is_unavailable(error):
        log.warning("database.unavailable", error=repr(error))
        return problem(request, NOT_READY, UNAVAILABLE, headers={"Retry-After": RETRY_AFTER})
    return None


def _of_http(request: web.Request, error: ProblemError) -> web.Response:
    return problem(request, error.problem, error.detail, headers=error.headers)


def _of_domain(request: web.Request, error: DomainError) -> web.Response:
    return problem(request, PROBLEM_OF_ERROR[type(error)], error.detail, members=members_of(error))


def _of_framework(request: web.Request, error: web.HTTPException) -> web.Response:
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    kind = OF_STATUS.get(error.status, NOT_FOUND)
    return problem(request, kind, f"{kind.title}.", headers=headers)


def _of_payload(request: web.Request, _error: web.RequestPayloadError) -> web.Response:
    answer = problem(request, MALFORMED_JSON, "The body is cut off or wrongly encoded.")
    # The start of the next request on this connection cannot be found.
    answer.force_close()
    return answer


def _of_validation(request: web.Request, error: ValidationError) -> web.Response:
    found: list[Any] = error.errors(include_url=False, include_input=False, include_context=False)
    if is_malformed_json(found):
        return problem(request, MALFORMED_JSON, "The body is not JSON.")
    wrong = field_errors(found)
    return problem(request, VALIDATION_ERROR, summary(wrong), members={"errors": wrong})


_DESCRIPTIONS: dict[type[Exception], Callable[[web.Request, Any], web.Response]] = {
    ProblemError: _of_http,
    DomainError: _of_domain,
    ValidationError: _of_validation,
    web.HTTPClientError: _of_framework,
    web.RequestPayloadError: _of_payload,
}
