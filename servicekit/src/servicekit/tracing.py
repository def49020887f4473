"""The ids of the request for which something happens, carried through calls, work and webhooks (DESIGN section 5)."""

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
    """The request for which something happens: `request_id` (ours) and `traceparent` (W3C Trace Context)."""

    request_id: str
    traceparent: str

    @property
    def trace_id(self) -> str:
        """The part of `traceparent` that all services share for one request."""
        return self.traceparent.split("-")[1]

    def headers(self) -> dict[str, str]:
        """The headers that pass the ids on to another service."""
        return {"x-request-id": self.request_id, "traceparent": self.traceparent}


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def new_trace(request_id: str | None = None, traceparent: str | None = None) -> Trace:
    """A trace from the ids that came in; an id that is missing or malformed is made."""
    return Trace(
        request_id if request_id and _REQUEST_ID.fullmatch(request_id) else secrets.token_hex(16),
        traceparent
        if traceparent and _TRACEPARENT.fullmatch(traceparent)
        else f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
    )


def current_trace() -> Trace:
    """The trace of the request or work that runs now; outside of any, a new one."""
    return _current.get() or new_trace()


def running_trace() -> Trace | None:
    """The trace of the request or work that runs now; None outside of any."""
    return _current.get()


@contextmanager
def tracing(trace: Trace) -> Iterator[None]:
    """Everything inside happens for `trace`."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)
