"""Log lines as JSON, each with the ids of the request, job or webhook for which it was written (DESIGN section 5)."""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic_core import to_json

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Trace:
    """Which request all this happens for: `request_id` (ours) and `traceparent` (W3C Trace Context)."""

    request_id: str
    traceparent: str

    def headers(self) -> dict[str, str]:
        """The headers that pass the ids on."""
        return {"x-request-id": self.request_id, "traceparent": self.traceparent}


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def new_trace(request_id: str | None = None, traceparent: str | None = None) -> Trace:
    """A trace from what came in; what did not come, or is malformed, is made."""
    return Trace(
        request_id if request_id and _REQUEST_ID.fullmatch(request_id) else secrets.token_hex(16),
        traceparent
        if traceparent and _TRACEPARENT.fullmatch(traceparent)
        else f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
    )


def current_trace() -> Trace:
    """The trace of what runs now; outside of any request or job a new one."""
    return _current.get() or new_trace()


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
    return {**event, **({"request_id": trace.request_id, "traceparent": trace.traceparent} if trace else {})}


def configure_logging(level: str, service: str) -> None:
    """One JSON object per line on standard output, ours and the libraries' alike."""

    def add_service(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**event, "service": service}

    def render(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
        return to_json(event, fallback=str).decode()

    shared: list[structlog.typing.Processor] = [
        _add_trace,
        add_service,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
    )
    handler = logging.StreamHandler(sys.stdout)
    keep = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[keep, render]))
    logging.basicConfig(handlers=[handler], level=level, force=True)
