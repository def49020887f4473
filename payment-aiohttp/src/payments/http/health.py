"""Whether the process lives, whether its dependencies answer, and what it counts. No authentication, no prefix."""

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


async def healthz(_request: web.Request) -> web.Response:
    """Answers as long as the event loop turns; asks nobody."""
    return json({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 when the database takes reads and writes; else 503 `not-ready`, naming it."""
    try:
        await asyncio.wait_for(try_to_write(services_of(request).engine), READY_SECONDS)
    except Exception as error:
        if not is_unavailable(error):
            log.exception("readyz.defect")
        log.warning("readyz.failed", dependency="database", error=repr(error))
        raise ProblemError(NOT_READY, UNAVAILABLE, Retry_After=RETRY_AFTER) from error
    return json({"status": "ok", "checks": {"database": "ok"}})


async def metrics(request: web.Request) -> web.Response:
    """In Prometheus' text format. Without the database, the counters of this process alone."""
    try:
        await asyncio.wait_for(read_gauges(services_of(request).engine), READY_SECONDS)
    except Exception as error:
        if not is_unavailable(error):
            raise
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
