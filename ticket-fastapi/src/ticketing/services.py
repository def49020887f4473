"""What all requests or jobs of one process share: made at start, closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.crash_points import arm_crash_points
from ticketing.db.engine import create_engine
from ticketing.integrations.gateways import Gateways, open_gateways
from ticketing.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """The process's own parts; `http` is for outgoing calls."""

    settings: Settings
    engine: AsyncEngine
    http: httpx.AsyncClient
    gateways: Gateways


@asynccontextmanager
async def open_services(
    settings: Settings, application_name: str, gateways: Gateways | None = None
) -> AsyncIterator[Services]:
    """The parts for `settings`; `gateways` replaces the real organizers and payment service in tests and benchmarks."""
    arm_crash_points(settings.crash_point_file)
    engine = create_engine(settings, application_name)
    try:
        async with httpx.AsyncClient() as http:
            yield Services(settings, engine, http, gateways or open_gateways(settings, http))
    finally:
        await engine.dispose()
