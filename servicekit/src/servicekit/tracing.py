"""The ids of the request that causes something, passed on through calls, work and webhooks.

`traceparent` follows W3C Trace Context (https://www.w3.org/TR/trace-context/); OpenTelemetry reads unusual ones.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from opentelemetry.trace import NonRecordingSpan, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# What our own services send, and nearly everybody else: it is kept as it is, without the cost of the propagator.
_USUAL = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_SAMPLED = "01"
_PROPAGATOR = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True)
class Trace:
    """The ids of the request that causes something: our `request_id` and the `traceparent` of W3C Trace Context."""

    request_id: str
    traceparent: str

    @property
    def trace_id(self) -> str:
        """The trace id in `traceparent`, which all services share for one request."""
        return self.traceparent.split("-")[1]

    def headers(self) -> dict[str, str]:
        """Returns the headers for a call to another service: the same ids, with a new span for the call."""
        _, trace_id, _, flags = self.traceparent.split("-")
        return {"x-request-id": self.request_id, "traceparent": _header(trace_id, flags)}


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def new_trace(request_id: str | None = None, traceparent: str | None = None) -> Trace:
    """Returns a trace with the given ids; makes a new id in place of one that is missing or malformed."""
    return Trace(
        request_id if request_id and _REQUEST_ID.fullmatch(request_id) else secrets.token_hex(16),
        _kept(traceparent) or _header(secrets.token_hex(16), _SAMPLED),
    )


def current_trace() -> Trace:
    """Returns the trace of the running request or work; outside of both, a new trace."""
    return _current.get() or new_trace()


def running_trace() -> Trace | None:
    """Returns the trace of the running request or work; outside of both, None."""
    return _current.get()


def begin_trace(trace: Trace) -> None:
    """Makes `trace` the current trace until another one begins in the same thread or task."""
    _current.set(trace)


@contextmanager
def tracing(trace: Trace) -> Iterator[None]:
    """Makes `trace` the current trace inside the block."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)


def _header(trace_id: str, flags: str) -> str:
    """Returns the header of a new span in the trace."""
    return f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"


def _kept(traceparent: str | None) -> str | None:
    """Returns the header in the version that we know; None if it is missing or malformed."""
    if not traceparent:
        return None
    if _USUAL.fullmatch(traceparent):
        return traceparent
    span = get_current_span(_PROPAGATOR.extract({"traceparent": traceparent})).get_span_context()
    if not span.is_valid:
        return None
    written: dict[str, str] = {}
    _PROPAGATOR.inject(written, set_span_in_context(NonRecordingSpan(span)))
    return written["traceparent"]
