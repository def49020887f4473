"""The parts that all requests or all work of one process share: opened at the start, closed at the end."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

import httpx
from servicekit.crash_points import arm_crash_points
from servicekit.db.engine import create_engine
from servicekit.db.wake import Bell, open_bell
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ticketing.integrations.gateways import Gateways
from ticketing.integrations.object_store import ObjectStore
from ticketing.integrations.open_gateways import open_gateways
from ticketing.settings import Settings

OUTGOING = httpx.Limits(max_connections=400, max_keepalive_connections=100)
"""Many bookings wait for organizer and payment at the same time; none of them may wait for a free connection."""

WORK_CHANNEL = "ticket_work"
"""The PostgreSQL channel of the notifications that something may be due."""


@dataclass(frozen=True, slots=True)
class Services:
    """The shared parts; `http` makes outgoing calls, `bell` wakes the workers."""

    settings: Settings
    engine: AsyncEngine
    http: httpx.AsyncClient
    gateways: Gateways
    object_store: ObjectStore
    bell: Bell

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Opens a transaction; after its commit, the workers look for work that it has made due."""
        async with self.engine.begin() as connection:
            yield connection
        self.bell.ring()


@asynccontextmanager
async def open_services(
    settings: Settings, application_name: str, gateways: Gateways | None = None
) -> AsyncIterator[Services]:
    """Opens the parts; `gateways` replaces the real organizers and payment service in tests and benchmarks."""
    arm_crash_points(settings.crash_point_file)
    engine = create_engine(settings, application_name)
    object_store = _open_object_store(settings)
    try:
        async with (
            httpx.AsyncClient(limits=OUTGOING, verify=_trusted_authorities()) as http,
            open_bell(engine, WORK_CHANNEL) as bell,
        ):
            yield Services(settings, engine, http, gateways or open_gateways(settings, http), object_store, bell)
    finally:
        object_store.close()
        await engine.dispose()


@cache
def _trusted_authorities() -> ssl.SSLContext:
    # Cached, because reading the authorities takes tens of milliseconds of processor time.
    return httpx.create_ssl_context()


def _open_object_store(settings: Settings) -> ObjectStore:
    return ObjectStore(
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint,
        region=settings.s3_region,
        bucket=settings.s3_bucket,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
    )
