"""Keeps the ids that connect one request across services, log lines and jobs."""

from contextlib import AbstractContextManager

from servicekit.tracing import begin_trace, current_trace, new_trace, running_trace, tracing


def begin(*, request_id: str = "", traceparent: str = "") -> str:
    """Starts a context with the caller's ids, or new ids if they are missing or malformed. Returns the request id."""
    trace = new_trace(request_id, traceparent)
    begin_trace(trace)
    return trace.request_id


def within(*, request_id: str, traceparent: str) -> AbstractContextManager[None]:
    """Gives everything inside a context of its own with these ids, or new ids if they are missing or malformed."""
    return tracing(new_trace(request_id, traceparent))


def request_id() -> str:
    """Returns the id of the running request or job; outside of both, an empty text."""
    trace = running_trace()
    return trace.request_id if trace else ""


def traceparent() -> str:
    """Returns the header for an outgoing call: the same trace with a new span (W3C Trace Context, section 3.2)."""
    return current_trace().headers()["traceparent"]


def outgoing_headers() -> dict[str, str]:
    """Returns the headers that pass the ids on to another service."""
    return current_trace().headers()
