"""Whether the process lives, whether its dependencies answer, and what it counts. No authentication, no prefix."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import sqlalchemy as sa
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from payments.db.engine import ping
from payments.http.exchange import json
from payments.http.keys import services_of
from payments.http.metrics import read_gauges
from payments.http.problems import ProblemError

READY_SECONDS = 3

log = structlog.get_logger()


async def healthz(_request: web.Request) -> web.Response:
    """Answers as long as the event loop turns; asks nobody."""
    return json({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 when the database answers; else 503 `not-ready`, naming it."""
    try:
        await asyncio.wait_for(ping(services_of(request).engine), READY_SECONDS)
    except (OSError, TimeoutError, sa.exc.SQLAlchemyError) as error:
        log.warning("readyz.failed", dependency="database", error=repr(error))
        raise ProblemError("not-ready", "Does not answer: database.", Retry_After="2") from error
    return json({"status": "ok", "checks": {"database": "ok"}})


async def metrics(request: web.Request) -> web.Response:
    """In Prometheus' text format. Without the database, the counters of this process alone."""
    with suppress(OSError, TimeoutError, sa.exc.SQLAlchemyError):
        await asyncio.wait_for(read_gauges(services_of(request).engine), READY_SECONDS)
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
