"""Errors as RFC 9457 problem documents (contracts/problems.json).

The one place where errors of the domain meet HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from aiohttp import web
from pydantic import ValidationError
from pydantic_core import to_json

from payments.db.availability import is_unavailable
from payments.domain import errors
from payments.observability import current_trace

PROBLEMS: dict[str, tuple[int, str]] = {
    "malformed-json": (400, "Malformed JSON"),
    "unauthenticated": (401, "Not authenticated"),
    "forbidden": (403, "Forbidden"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "Method not allowed"),
    "request-in-progress": (409, "Request in progress"),
    "invoice-void": (409, "Invoice void"),
    "invoice-not-voidable": (409, "Invoice not voidable"),
    "invoice-not-refundable": (409, "Invoice not refundable"),
    "payment-already-decided": (409, "Payment already decided"),
    "invoice-expired": (409, "Invoice expired"),
    "delivery-not-redeliverable": (409, "Delivery not redeliverable"),
    "body-too-large": (413, "Body too large"),
    "unsupported-media-type": (415, "Unsupported media type"),
    "validation-error": (422, "Validation error"),
    "idempotency-key-reused": (422, "Idempotency key reused"),
    "internal-error": (500, "Internal error"),
    "not-ready": (503, "Not ready"),
}

PROBLEM_OF_ERROR: dict[type[errors.DomainError], str] = {
    errors.NotFoundError: "not-found",
    errors.KeyReusedError: "idempotency-key-reused",
    errors.StillRunningError: "request-in-progress",
    errors.InvoiceVoidError: "invoice-void",
    errors.NotVoidableError: "invoice-not-voidable",
    errors.NotRefundableError: "invoice-not-refundable",
    errors.AlreadyDecidedError: "payment-already-decided",
    errors.InvoiceExpiredError: "invoice-expired",
    errors.DeliveryStillTriedError: "delivery-not-redeliverable",
    errors.WrongFieldError: "validation-error",
}
_OF_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large", 415: "unsupported-media-type"}

UNAVAILABLE = "The database cannot serve at present."
RETRY_AFTER = "2"
"""Seconds."""

log = structlog.get_logger()


class ProblemError(Exception):
    """A refusal that belongs to HTTP itself, by its slug."""

    def __init__(self, slug: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def problem(
    request: web.Request,
    slug: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, object] | None = None,
) -> web.Response:
    """The document of one problem; `members` are further facts."""
    status, title = PROBLEMS[slug]
    document = {
        "type": slug,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "request_id": current_trace().request_id,
        **(members or {}),
    }
    return web.Response(body=to_json(document), status=status, content_type="application/problem+json", headers=headers)


def problem_of(request: web.Request, error: Exception) -> web.Response | None:
    """The problem that an error means to the caller; None when it is a defect of ours."""
    for kind, describe in _DESCRIPTIONS.items():
        if isinstance(error, kind):
            return describe(request, error)
    if is_unavailable(error):
        log.warning("database.unavailable", error=repr(error))
        return problem(request, "not-ready", UNAVAILABLE, headers={"Retry-After": RETRY_AFTER})
    return None


def _of_http(request: web.Request, error: ProblemError) -> web.Response:
    return problem(request, error.slug, error.detail, headers=error.headers)


def _of_domain(request: web.Request, error: errors.DomainError) -> web.Response:
    wrong = [_field(error.field, error.code, error.detail)] if isinstance(error, errors.WrongFieldError) else None
    members = {**error.members, **({"errors": wrong} if wrong else {})}
    return problem(request, PROBLEM_OF_ERROR[type(error)], error.detail, members=members)


def _of_framework(request: web.Request, error: web.HTTPException) -> web.Response:
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    slug = _OF_STATUS.get(error.status, "not-found")
    return problem(request, slug, f"{PROBLEMS[slug][1]}.", headers=headers)


def _of_payload(request: web.Request, _error: web.RequestPayloadError) -> web.Response:
    answer = problem(request, "malformed-json", "The body is cut off or wrongly encoded.")
    # Nobody knows where the next request would begin.
    answer.force_close()
    return answer


def _field(name: str, code: str, message: str) -> dict[str, str]:
    return {"field": name, "code": code, "message": message}


def _of_validation(request: web.Request, error: ValidationError) -> web.Response:
    found: list[Any] = error.errors(include_url=False, include_input=False, include_context=False)
    if any(each["type"] == "json_invalid" for each in found):
        return problem(request, "malformed-json", "The body is not JSON.")
    wrong = [
        _field(".".join(str(part) for part in each["loc"]), each["type"], each["msg"].removeprefix("Value error, "))
        for each in found
    ]
    detail = f"{wrong[0]['field']}: {wrong[0]['message']}" if len(wrong) == 1 else f"{len(wrong)} fields are wrong."
    return problem(request, "validation-error", detail, members={"errors": wrong})


_DESCRIPTIONS: dict[type[Exception], Callable[[web.Request, Any], web.Response]] = {
    ProblemError: _of_http,
    errors.DomainError: _of_domain,
    ValidationError: _of_validation,
    web.HTTPClientError: _of_framework,
    web.RequestPayloadError: _of_payload,
}
