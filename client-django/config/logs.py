"""Writes logs as JSON lines with the ids of the request."""

import logging
import sys
from collections.abc import Sequence

import structlog
from servicekit.logs import add_trace, render, render_text


def configure_logs(level: str) -> None:
    shared: list[structlog.types.Processor] = [
        add_trace,
        _add_service,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    # Our own lines go straight to the output: the standard library's logging would cost as much again.
    structlog.configure(
        processors=[*shared, render],
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render_text],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Our middleware writes one line per request; this logger would only repeat it.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    # A wrong Host header is an error of the caller and is answered with 404.
    logging.getLogger("django.security.DisallowedHost").setLevel(logging.CRITICAL)


def _add_service(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["service"] = "client"
    return event


def warn_of_public_keys(names: Sequence[str]) -> None:
    """Warns at the start of a process that everybody who reads this repository knows these keys."""
    if names:
        structlog.get_logger("client.settings").warning("settings.public_keys", variables=list(names))
