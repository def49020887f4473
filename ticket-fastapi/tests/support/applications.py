"""Applications that tests reuse: making the routes is slow, and they do not depend on the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from organizer_simulator.http.app import create_app as create_organizer
from organizer_simulator.settings import Settings as OrganizerSettings
from ticketing.http.app import configure, create_app
from ticketing.integrations.gateways import Gateways
from ticketing.services import Services
from ticketing.settings import Settings

ANY_VERSION = {"if-match": "*"}
"""Sent by the clients of tests that are not about versions; `test_versions.py` is."""

_idle: list[FastAPI] = []
_idle_organizers: dict[str, list[FastAPI]] = {}
"""Idle applications by API key, because the application itself holds the key."""


@contextmanager
def ticket_app(settings: Settings, gateways: Gateways | None = None) -> Iterator[FastAPI]:
    """Lends the ticket service, not started yet, to one test at a time."""
    app = _idle.pop() if _idle else create_app(settings)
    configure(app, settings, gateways=gateways)
    yield app
    _idle.append(app)


@asynccontextmanager
async def started_ticket_app(
    settings: Settings, key: str, gateways: Gateways | None = None
) -> AsyncIterator[tuple[Services, httpx.AsyncClient]]:
    """Starts the ticket service, creates its bucket, and yields an HTTP client with `key` that needs no socket."""
    with ticket_app(settings, gateways) as app:
        async with (
            LifespanManager(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                base_url="http://ticket",
                headers={"authorization": f"Bearer {key}", **ANY_VERSION},
            ) as client,
        ):
            services: Services = app.state.services
            await services.object_store.ensure_bucket()
            yield services, client


@contextmanager
def organizer_app(settings: OrganizerSettings) -> Iterator[FastAPI]:
    """Lends the organizer simulator with its controls, not started yet, to one test at a time."""
    idle = _idle_organizers.setdefault(settings.organizer_api_key.get_secret_value(), [])
    app = idle.pop() if idle else create_organizer(settings)
    app.state.settings = settings
    app.state.late_answer_seconds = settings.organizer_late_answer_seconds
    yield app
    idle.append(app)
