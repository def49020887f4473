"""The ids of the request that causes something, passed on through calls, work and webhooks.

`traceparent` follows W3C Trace Context (https://www.w3.org/TR/trace-context/), read and written by OpenTelemetry.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
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
        parent = _parsed(self.traceparent)
        call = SpanContext(parent.trace_id, secrets.randbits(64), is_remote=False, trace_flags=parent.trace_flags)
        return {"x-request-id": self.request_id, "traceparent": _written(call)}


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def new_trace(request_id: str | None = None, traceparent: str | None = None) -> Trace:
    """Returns a trace with the given ids; makes a new id in place of one that is missing or malformed."""
    parent = _parsed(traceparent or "")
    return Trace(
        request_id if request_id and _REQUEST_ID.fullmatch(request_id) else secrets.token_hex(16),
        _written(parent if parent.is_valid else _new_span()),
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


def _parsed(traceparent: str) -> SpanContext:
    """Returns the span that the header names; an invalid one if the header is malformed."""
    return get_current_span(_PROPAGATOR.extract({"traceparent": traceparent})).get_span_context()


def _new_span() -> SpanContext:
    """Returns the first span of a new trace."""
    flags = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(secrets.randbits(128), secrets.randbits(64), is_remote=False, trace_flags=flags)


def _written(span: SpanContext) -> str:
    """Returns the header that names the span."""
    header: dict[str, str] = {}
    _PROPAGATOR.inject(header, set_span_in_context(NonRecordingSpan(span)))
    return header["traceparent"]
