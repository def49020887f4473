"""One pooled HTTP connection to the client service, and the one table that turns its answers into our errors."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any

import httpx

from frontend.errors import FieldError, Problem, Refused, ServiceUnreachable
from frontend.settings import get_settings

READ_TIMEOUT_SECONDS = 10.0
# Booking is synchronous through ticket, the organizer and payment, each with a timeout of its own.
BOOKING_TIMEOUT_SECONDS = 45.0
CONNECT_TIMEOUT_SECONDS = 3.0

TOO_SLOW = "The ticket service is taking too long to answer."
UNREACHABLE = "The ticket service cannot be reached right now."
UNREADABLE = "The ticket service gave an answer that could not be understood."


@dataclass(frozen=True)
class Call:
    """A request to the client service; `path` begins with a slash and follows the base address."""

    method: str
    path: str
    json: Mapping[str, object] | None = None
    params: Mapping[str, str | int] = field(default_factory=dict)
    idempotency_key: str | None = None
    timeout: float = READ_TIMEOUT_SECONDS


_making = Lock()


def shared_http() -> httpx.Client:
    """The process's one client: httpx's is safe to share between threads and keeps connections open."""
    with _making:
        return _made_once(get_settings().api_base)


@lru_cache(maxsize=1)
def _made_once(base_url: str) -> httpx.Client:
    return make_http(base_url)


def make_http(base_url: str) -> httpx.Client:
    """A pooled client for the given base address."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=20)
    return httpx.Client(
        base_url=base_url,
        transport=httpx.HTTPTransport(retries=1, limits=limits),
        headers={"Accept": "application/json"},
    )


def send(http: httpx.Client, call: Call, access: str | None = None) -> httpx.Response:
    """Send a call and return its answer, whatever its status; raises `ServiceUnreachable` when there is none."""
    try:
        return _request(http, call, access)
    except httpx.TimeoutException:
        raise ServiceUnreachable(TOO_SLOW) from None
    except httpx.RemoteProtocolError:
        # A kept connection that the other side closed meanwhile; asking again is safe only for reads.
        if call.method != "GET":
            raise ServiceUnreachable(UNREACHABLE) from None
    except httpx.HTTPError:
        raise ServiceUnreachable(UNREACHABLE) from None
    try:
        return _request(http, call, access)
    except httpx.HTTPError:
        raise ServiceUnreachable(UNREACHABLE) from None


def _request(http: httpx.Client, call: Call, access: str | None) -> httpx.Response:
    headers = {"X-Request-ID": uuid.uuid4().hex}
    if access is not None:
        headers["Authorization"] = f"Bearer {access}"
    if call.idempotency_key is not None:
        headers["Idempotency-Key"] = call.idempotency_key
    return http.request(
        call.method,
        call.path,
        json=call.json,
        params=dict(call.params),
        headers=headers,
        timeout=httpx.Timeout(call.timeout, connect=CONNECT_TIMEOUT_SECONDS),
    )


def content(response: httpx.Response) -> Any:
    """The parsed body of a good answer (None when empty); raises the error that fits any other."""
    if response.is_success:
        return _json(response) if response.content else None
    body = _json_or_none(response)
    if not isinstance(body, dict) or "title" not in body:
        raise ServiceUnreachable(UNREACHABLE if response.status_code >= 500 else UNREADABLE)
    raise Refused(_problem(response, body))


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        raise ServiceUnreachable(UNREADABLE) from None


def _json_or_none(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _problem(response: httpx.Response, body: dict[str, Any]) -> Problem:
    errors = body.get("errors")
    return Problem(
        type=str(body.get("type", "about:blank")).rsplit("/", 1)[-1],
        title=str(body["title"]),
        status=response.status_code,
        detail=str(body.get("detail") or ""),
        errors=tuple(_field_errors(errors if isinstance(errors, list) else [])),
        booking_id=str(body["booking_id"]) if body.get("booking_id") else None,
        request_id=str(body["request_id"]) if body.get("request_id") else response.headers.get("X-Request-ID"),
    )


def _field_errors(errors: list[Any]) -> list[FieldError]:
    listed = [error for error in errors if isinstance(error, dict)]
    return [FieldError(*(str(error.get(name, "")) for name in ("field", "message", "code"))) for error in listed]
