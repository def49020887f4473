"""Applications that tests take turns with: their routes are dear to make, and the same whatever the settings are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from organizer_simulator.http.app import create_app as create_organizer
from organizer_simulator.settings import Settings as OrganizerSettings
from ticketing.http.app import configure, create_app
from ticketing.integrations.gateways import Gateways
from ticketing.settings import Settings

_idle: list[FastAPI] = []
_idle_organizers: dict[str, list[FastAPI]] = {}
"""By their key, which the application checks itself."""


@contextmanager
def ticket_app(settings: Settings, gateways: Gateways | None = None) -> Iterator[FastAPI]:
    """The ticket service, not started yet; nobody else has this one meanwhile."""
    app = _idle.pop() if _idle else create_app(settings)
    configure(app, settings, gateways=gateways)
    yield app
    _idle.append(app)


@contextmanager
def organizer_app(settings: OrganizerSettings) -> Iterator[FastAPI]:
    """The organizer simulator, with its controls, not started yet; nobody else has this one meanwhile."""
    idle = _idle_organizers.setdefault(settings.organizer_api_key.get_secret_value(), [])
    app = idle.pop() if idle else create_organizer(settings)
    app.state.settings = settings
    app.state.late_answer_seconds = settings.organizer_late_answer_seconds
    yield app
    idle.append(app)
