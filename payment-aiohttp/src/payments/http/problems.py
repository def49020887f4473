"""Errors as RFC 9457 problem documents (contracts/problems.json).

The one place where errors of the domain meet HTTP.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import ValidationError
from pydantic_core import to_json

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

_OF_ERROR: dict[type[errors.DomainError], str] = {
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


class ProblemError(Exception):
    """A refusal that belongs to HTTP itself, by its slug."""

    def __init__(self, slug: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.headers = headers


def problem(request: web.Request, slug: str, detail: str, **members: object) -> web.Response:
    """The document of one problem."""
    status, title = PROBLEMS[slug]
    document = {
        "type": slug,
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "request_id": current_trace().request_id,
        **members,
    }
    return web.Response(body=to_json(document), status=status, content_type="application/problem+json")


def problem_of(request: web.Request, error: Exception) -> web.Response | None:
    """The problem that an error means to the caller; None when it is a defect of ours."""
    if isinstance(error, ProblemError):
        answer = problem(request, error.slug, error.detail)
        answer.headers.update({name.replace("_", "-"): value for name, value in error.headers.items()})
        return answer
    if isinstance(error, errors.DomainError):
        wrong = [_field(error.field, error.code, error.detail)] if isinstance(error, errors.WrongFieldError) else None
        members = {**error.members, **({"errors": wrong} if wrong else {})}
        return problem(request, _OF_ERROR[type(error)], error.detail, **members)
    if isinstance(error, ValidationError):
        return _of_validation(request, error)
    if isinstance(error, web.HTTPException) and error.status >= 400:
        answer = problem(request, _OF_STATUS.get(error.status, "validation-error"), error.reason)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    return None


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
    return problem(request, "validation-error", "The request is well-formed but wrong.", errors=wrong)
