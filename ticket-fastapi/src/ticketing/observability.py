"""What ties log lines together: the request's ids, carried through calls, jobs and webhooks (DESIGN section 5)."""

from __future__ import annotations

import logging
import secrets
import sys
import uuid
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic_core import to_json


@dataclass(frozen=True, slots=True)
class Trace:
    """Which request all this happens for: `request_id` (ours) and `traceparent` (W3C Trace Context)."""

    request_id: str
    traceparent: str

    def headers(self) -> dict[str, str]:
        """The headers that pass the ids on to another service, or to a job."""
        return {"x-request-id": self.request_id, "traceparent": self.traceparent}


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def new_trace(request_id: str | None = None, traceparent: str | None = None) -> Trace:
    """A trace from what came in; what did not come is made."""
    return Trace(
        request_id=request_id or uuid.uuid4().hex,
        traceparent=traceparent or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
    )


def current_trace() -> Trace | None:
    """The trace of the request or job that runs now, None outside of any."""
    return _current.get()


def trace_headers() -> dict[str, str]:
    """Headers for an outgoing call; empty outside of any request or job."""
    trace = _current.get()
    return trace.headers() if trace else {}


@contextmanager
def tracing(trace: Trace) -> Iterator[None]:
    """Everything inside happens for `trace`."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)


def _add_trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    trace = _current.get()
    if trace is not None:
        event.setdefault("request_id", trace.request_id)
        event.setdefault("traceparent", trace.traceparent)
    return event


def _render(_logger: object, _method: str, event: MutableMapping[str, Any]) -> bytes:
    return to_json(event, fallback=str)


def configure_logging(level: str, service: str) -> None:
    """One JSON object per line on standard output, ours and the libraries' alike."""

    def add_service(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        _add_trace,
        add_service,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, _render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                lambda logger, method, event: _render(logger, method, event).decode(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Both say at INFO what our own lines say already.
    for chatty in ("httpx", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
