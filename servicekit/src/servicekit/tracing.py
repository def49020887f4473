"""The ids of the request that causes something, passed on through calls, jobs and webhooks (DESIGN section 5)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context: version `ff` and ids of zeros are invalid."""


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
        """Returns the headers that pass the ids on to another service or to a job."""
        return {"x-request-id": self.request_id, "traceparent": self.traceparent}


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def new_trace(request_id: str | None = None, traceparent: str | None = None) -> Trace:
    """Returns a trace with the given ids; makes a new id in place of one that is missing or malformed."""
    return Trace(
        request_id if request_id and _REQUEST_ID.fullmatch(request_id) else secrets.token_hex(16),
        traceparent
        if traceparent and _TRACEPARENT.fullmatch(traceparent)
        else f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
    )


def current_trace() -> Trace:
    """Returns the trace of the running request or job; outside of both, a new trace."""
    return _current.get() or new_trace()


def running_trace() -> Trace | None:
    """Returns the trace of the running request or job; outside of both, None."""
    return _current.get()


@contextmanager
def tracing(trace: Trace) -> Iterator[None]:
    """Makes `trace` the current trace inside the block."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)
