"""Liveness, readiness and metrics of the process, without authentication and outside `/api/v1`."""

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
from ticketing.http.metrics import read_gauges, read_paused_organizers
from ticketing.http.problems import RETRY_AFTER, HttpError
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithServices
from ticketing.integrations.object_store import ObjectStoreUnavailable

READY_SECONDS = 3

router = APIRouter(tags=["operations"])
log = structlog.get_logger()


@router.get("/healthz", summary="Report whether the process is alive")
async def healthz() -> dict[str, str]:
    """Supervisors call this. It answers while the event loop runs, and asks no dependency."""
    return {"status": "ok"}


@router.get("/readyz", summary="Report whether the process can serve requests", responses=problems(_503="not-ready"))
async def readyz(services: WithServices) -> Response:
    """Load balancers call this. It answers 200 if the database accepts a write and the object store answers.

    Otherwise it answers 503 `not-ready`, and the detail names the dependencies that do not answer.
    """
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


@router.get("/metrics", summary="Return the metrics", response_class=Response)
async def metrics(services: WithServices) -> Response:
    """Prometheus calls this; it returns the metrics in its text format.

    If the database does not answer, only the counters of this process are current.
    """
    read_paused_organizers(services.organizers.open())
    with suppress(*DATABASE_ERRORS):
        await asyncio.wait_for(read_gauges(services.engine), READY_SECONDS)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
