"""Log lines as JSON, with the ids of the request, job or webhook that caused them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog
from pydantic_core import to_json

from servicekit.tracing import running_trace


def add_trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Adds the ids of the running request or work to a log line; a processor of structlog."""
    trace = running_trace()
    if trace is not None:
        event.setdefault("request_id", trace.request_id)
        event.setdefault("trace_id", trace.trace_id)
        event.setdefault("traceparent", trace.traceparent)
    return event


def render(_logger: object, _method: str, event: MutableMapping[str, Any]) -> bytes:
    """Returns a log line; the last processor of structlog, for loggers that write bytes."""
    return to_json(event, fallback=str)


def render_text(logger: object, method: str, event: MutableMapping[str, Any]) -> str:
    """Returns a log line as text, for the standard library's handlers."""
    return render(logger, method, event).decode()


def configure_logging(level: str, service: str, *, quiet: Iterable[str] = ()) -> None:
    """Makes all log messages, ours and those of libraries, JSON objects on standard output, one per line.

    `quiet` names loggers of libraries whose INFO messages repeat our own.
    """

    def add_service(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        add_trace,
        add_service,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    keep = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[keep, render_text]))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in quiet:
        logging.getLogger(name).setLevel(logging.WARNING)
