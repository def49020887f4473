"""Whether the process lives, whether its dependencies answer, and what it counts. No authentication, no prefix."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import sqlalchemy as sa
import structlog
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithServices
from ticketing.services import Services

READY_SECONDS = 3

router = APIRouter(tags=["operations"])
log = structlog.get_logger()


@router.get("/healthz", summary="The process lives")
async def healthz() -> dict[str, str]:
    """Answers as long as the event loop turns; asks nobody."""
    return {"status": "ok"}


@router.get("/readyz", summary="The dependencies answer", responses={503: {"description": "The failing one is named"}})
async def readyz(services: WithServices) -> Response:
    """200 when the database answers, else 503; `checks` says how each did."""
    checks = {"database": await _check(_database(services))}
    ready = all(outcome == "ok" for outcome in checks.values())
    return JsonResponse({"status": "ok" if ready else "unavailable", "checks": checks}, 200 if ready else 503)


async def _check(probe: Awaitable[None]) -> str:
    try:
        await asyncio.wait_for(probe, READY_SECONDS)
    except (OSError, TimeoutError, sa.exc.SQLAlchemyError) as error:
        log.warning("readyz.failed", error=repr(error))
        return "failed"
    return "ok"


async def _database(services: Services) -> None:
    async with services.engine.connect() as connection:
        await connection.execute(sa.text("SELECT 1"))


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics() -> Response:
    """In Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
