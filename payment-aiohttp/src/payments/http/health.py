"""Handlers of health, readiness and metrics. They need no authentication and have no path prefix."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from servicekit.db.availability import is_unavailable
from servicekit.db.engine import try_to_write
from servicekit.problems import NOT_READY

from payments.http.exchange import json
from payments.http.keys import services_of
from payments.http.metrics import read_gauges
from payments.http.problems import RETRY_AFTER, UNAVAILABLE, ProblemError

READY_SECONDS = 3

log = structlog.get_logger()


async def get_health(_request: web.Request) -> web.Response:
    """Answers 200 as long as the event loop runs."""
    return json({"status": "ok"})


async def get_readiness(request: web.Request) -> web.Response:
    """Answers 200 if the database takes reads and writes, otherwise 503 `not-ready`."""
    try:
        await asyncio.wait_for(try_to_write(services_of(request).engine), READY_SECONDS)
    except Exception as error:
        if not is_unavailable(error):
            log.exception("readyz.defect")
        log.warning("readyz.failed", dependency="database", error=repr(error))
        raise ProblemError(NOT_READY, UNAVAILABLE, Retry_After=RETRY_AFTER) from error
    return json({"status": "ok", "checks": {"database": "ok"}})


async def get_metrics(request: web.Request) -> web.Response:
    """Answers the metrics in Prometheus' text format; without the database, only the counters of this process."""
    try:
        await asyncio.wait_for(read_gauges(services_of(request).engine), READY_SECONDS)
    except Exception as error:
        if not is_unavailable(error):
            raise
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
