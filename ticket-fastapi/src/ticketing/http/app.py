"""Builds the HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import APIRouter, FastAPI

from ticketing.http import (
    best_seats,
    bookings,
    deliveries,
    documentation,
    event_operations,
    events,
    health,
    organizers,
    payment_webhook,
    seat_map,
    seats,
    waitlist,
)
from ticketing.http.authentication import Keyring
from ticketing.http.documentation import describe
from ticketing.http.documented import EVERYWHERE
from ticketing.http.problems import install_problem_handlers
from ticketing.http.request_context import RequestContextMiddleware
from ticketing.integrations.gateways import Gateways
from ticketing.services import open_services
from ticketing.settings import Settings
from ticketing.usecases.catalogue.best_seats import best_seats_of
from ticketing.usecases.catalogue.seat_maps import seat_maps_of

API_ROUTERS: tuple[APIRouter, ...] = (
    bookings.busy_router,
    bookings.router,
    seat_map.router,
    best_seats.router,
    seats.router,
    events.router,
    waitlist.router,
    waitlist.event_router,
    organizers.router,
    event_operations.router,
    deliveries.router,
)
"""Routers under /api/v1, the busiest first, because FastAPI tries them in this order."""

TAGS = ("organizers", "events", "seats", "event operations", "bookings", "waitlist", "webhooks", "operations")
"""The tags, in the order of the documentation."""

DESCRIPTION = """Sells the seats of events: bookings, queues for taken seats, refunds and tickets.

Money is an integer in minor units of an ISO 4217 `currency`; times are RFC 3339 in UTC; errors are RFC 9457 problems.
"""


def create_app(settings: Settings, *, gateways: Gateways | None = None) -> FastAPI:
    """Returns the application for `settings`.

    `gateways` replaces the real organizers and the payment service in tests and benchmarks.
    """

    app = FastAPI(
        title="Ticket service",
        version="1.0",
        description=DESCRIPTION,
        openapi_tags=[{"name": tag} for tag in TAGS],
        lifespan=_lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.openapi = cache(lambda: describe(app))  # type: ignore[method-assign]
    configure(app, settings, gateways=gateways)
    app.add_middleware(RequestContextMiddleware)
    install_problem_handlers(app)
    for router in API_ROUTERS:
        app.include_router(router, prefix="/api/v1", responses=EVERYWHERE)
    for router in (payment_webhook.router, health.router, documentation.router):
        app.include_router(router)
    return app


def configure(app: FastAPI, settings: Settings, *, gateways: Gateways | None = None) -> None:
    """Sets what the application uses from its next start on. Its routes stay, because creating them takes long."""
    app.state.settings, app.state.gateways = settings, gateways
    app.state.keyring = Keyring.of(settings)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with open_services(app.state.settings, "ticket", app.state.gateways) as services:
        app.state.services = services
        app.state.seat_maps = seat_maps_of(services.engine)
        app.state.best_seats = best_seats_of(services.engine, app.state.seat_maps)
        try:
            yield
        finally:
            await app.state.best_seats.close()
            await app.state.seat_maps.close()
