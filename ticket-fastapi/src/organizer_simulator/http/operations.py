"""Liveness, readiness and metrics."""

import asyncio
import sqlite3

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from organizer_simulator.http import problems
from organizer_simulator.http.register_thread import WithRegister

READY_SECONDS = 3
_log = structlog.get_logger()
router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The state of the process."""

    status: str = Field(description="Always `ok`.")


@router.get("/healthz", summary="Report whether the process is alive")
async def healthz() -> Health:
    """Supervisors call this. It answers while the event loop runs."""
    return Health(status="ok")


@router.get(
    "/readyz",
    summary="Report whether the process can serve requests",
    response_model=Health,
    responses=problems.described(503),
)
async def readyz(register_thread: WithRegister, request: Request) -> Health | JSONResponse:
    """Load balancers call this. It answers 200 if the database accepts a write, else 503 `not-ready`."""
    try:
        await asyncio.wait_for(register_thread.run(register_thread.register.try_to_write), READY_SECONDS)
    except (sqlite3.Error, TimeoutError) as error:
        _log.warning("readyz.failed", dependency="database", error=str(error) or type(error).__name__)
        path = request.url.path
        return problems.answer(problems.UNREADY, instance=path, headers=problems.RETRY, failing=["database"])
    return Health(status="ok")


@router.get(
    "/metrics", summary="Return the metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
)
async def metrics(request: Request) -> Response:
    """Prometheus calls this; it returns the metrics in its text format."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
