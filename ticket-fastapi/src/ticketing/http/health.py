"""Whether the process lives, whether its dependencies answer, and what it counts. No authentication, no prefix."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

import structlog
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from servicekit.db.availability import DATABASE_ERRORS
from servicekit.db.engine import try_to_write
from servicekit.problems import NOT_READY

from ticketing.http.documented import problems
from ticketing.http.metrics import read_gauges
from ticketing.http.problems import RETRY_AFTER, HttpError
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithEngine, WithServices
from ticketing.integrations.object_store import ObjectStoreUnavailable

READY_SECONDS = 3

router = APIRouter(tags=["operations"])
log = structlog.get_logger()


@router.get("/healthz", summary="The process lives")
async def healthz() -> dict[str, str]:
    """Answers as long as the event loop turns; asks nobody."""
    return {"status": "ok"}


@router.get("/readyz", summary="The dependencies answer", responses=problems(_503="not-ready"))
async def readyz(services: WithServices) -> Response:
    """200 when all of them do, and the database takes a write; else 503 `not-ready`, naming those that do not."""
    probes = {"database": try_to_write(services.engine), "object store": services.object_store.ready()}
    answers = await asyncio.gather(*(_answers(name, probe) for name, probe in probes.items()))
    checks = dict(zip(probes, answers, strict=True))
    failing = [name for name, answered in checks.items() if not answered]
    if failing:
        raise HttpError(NOT_READY, f"Does not answer: {', '.join(failing)}.", RETRY_AFTER)
    return JsonResponse({"status": "ok", "checks": dict.fromkeys(checks, "ok")})


async def _answers(name: str, probe: Awaitable[None]) -> bool:
    try:
        await asyncio.wait_for(probe, READY_SECONDS)
    except (*DATABASE_ERRORS, ObjectStoreUnavailable) as error:
        log.warning("readyz.failed", dependency=name, error=str(error) or type(error).__name__)
        return False
    return True


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics(engine: WithEngine) -> Response:
    """In Prometheus' text format. Without the database, the counters of this process alone."""
    with suppress(*DATABASE_ERRORS):
        await asyncio.wait_for(read_gauges(engine), READY_SECONDS)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
