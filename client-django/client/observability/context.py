"""Keeps the ids that connect one request across services, log lines and jobs."""

import re
import secrets
from contextvars import ContextVar
from uuid import uuid4

import structlog

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_trace: ContextVar[tuple[str, str]] = ContextVar("trace", default=("", "01"))


def begin(*, request_id: str = "", traceparent: str = "") -> str:
    """Starts a context with the caller's ids, or new ids if they are missing or malformed. Returns the request id."""
    accepted = request_id if REQUEST_ID.fullmatch(request_id) else uuid4().hex
    match = TRACEPARENT.fullmatch(traceparent)
    usable = match is not None and set(match[1]) != {"0"} and set(match[2]) != {"0"}
    trace = (match[1], match[3]) if match and usable else (secrets.token_hex(16), "01")
    _request_id.set(accepted)
    _trace.set(trace)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=accepted, trace_id=trace[0])
    return accepted


def request_id() -> str:
    return _request_id.get()


def traceparent() -> str:
    """Returns the header for an outgoing call: the same trace with a new span (W3C Trace Context, section 3.2)."""
    trace_id, flags = _trace.get()
    return f"00-{trace_id or secrets.token_hex(16)}-{secrets.token_hex(8)}-{flags}"


def outgoing_headers() -> dict[str, str]:
    return {"X-Request-ID": request_id() or uuid4().hex, "traceparent": traceparent()}
