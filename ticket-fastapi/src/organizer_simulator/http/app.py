"""Builds the HTTP application of the simulator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Security
from fastapi.security import HTTPBearer
from servicekit.openapi_links import add_links

from organizer_simulator.domain.chance import Simulation
from organizer_simulator.domain.keys import Keyring
from organizer_simulator.hold_register import HoldRegister
from organizer_simulator.http import holds, operations, simulation
from organizer_simulator.http.documentation import install_documentation
from organizer_simulator.http.edge import Edge
from organizer_simulator.http.links import FLOWS
from organizer_simulator.http.metrics import Metrics
from organizer_simulator.http.problems import described, install_problem_handlers, name_media_type
from organizer_simulator.http.register_thread import RegisterThread
from organizer_simulator.settings import Settings
from organizer_simulator.store import HoldStore

# Only for the OpenAPI document; `Edge` checks the key.
_KEY = Security(
    HTTPBearer(
        auto_error=False, description="A key of ORGANIZER_API_KEY, or, in a signed request, the organizer's own key."
    )
)


class OrganizerSimulator(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = name_media_type(super().openapi())
            add_links(self.openapi_schema, FLOWS)
        return self.openapi_schema


def create_app(settings: Settings) -> FastAPI:
    """Returns an app that opens its database when it starts and closes it when it stops."""
    metrics = Metrics()
    app = OrganizerSimulator(
        title="Organizer simulator",
        version="1.0.0",
        summary="Simulates the organizers' own systems; every slug is an organizer of its own.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.late_answer_seconds = settings.organizer_late_answer_seconds
    app.include_router(operations.router)
    install_documentation(app)
    if settings.simulation_controls:
        app.include_router(simulation.router, dependencies=[_KEY], responses=described(400, 401, 413, 422, 500, 503))
    for router in (holds.busy_router, holds.router):
        app.include_router(router, dependencies=[_KEY], responses=described(400, 401, 413, 422, 500, 503))
    app.add_middleware(Edge, keyring=Keyring(settings.organizer_api_key.get_secret_value().split()), metrics=metrics)
    install_problem_handlers(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    at_start = Simulation(
        failure_rate=settings.organizer_failure_rate,
        latency_ms=settings.organizer_latency_ms,
        seed=settings.organizer_seed,
    )
    register = HoldRegister(HoldStore(settings.organizer_database), at_start, controls=settings.simulation_controls)
    app.state.register_thread = RegisterThread(register)
    try:
        yield
    finally:
        app.state.register_thread.close()
