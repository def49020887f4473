"""The parts that all requests or all work of one process share: opened at the start, closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from servicekit.breaker import Breakers
from servicekit.crash_points import arm_crash_points
from servicekit.db.engine import create_engine
from servicekit.db.wake import Bell, open_bell
from servicekit.http.calls import open_session
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ticketing.db.booking.holds_under_way import HoldsUnderWay
from ticketing.db.catalogue.organizers import forget_previous_key
from ticketing.integrations.gateways import Gateways
from ticketing.integrations.object_store import ObjectStore
from ticketing.integrations.open_gateways import open_gateways, organizer_breakers
from ticketing.integrations.organizer_requests import ForgetPreviousKey
from ticketing.settings import Settings

WORK_CHANNEL = "ticket_work"
"""The PostgreSQL channel of the notifications that something may be due."""


@dataclass(frozen=True, slots=True)
class Services:
    """The shared parts; `http` makes outgoing calls, `organizers` limits some of them, `bell` wakes workers.

    `holds` are the holds that this process is making.
    """

    settings: Settings
    engine: AsyncEngine
    http: aiohttp.ClientSession
    organizers: Breakers[str]
    gateways: Gateways
    object_store: ObjectStore
    bell: Bell
    holds: HoldsUnderWay = field(default_factory=HoldsUnderWay)

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
            open_session(allow_private=True) as http,
            open_session(allow_private=settings.allow_private_addresses) as to_organizers,
            open_bell(engine, WORK_CHANNEL) as bell,
        ):
            breakers = organizer_breakers(settings)
            called = gateways or open_gateways(settings, http, to_organizers, breakers, previous_keys_of(engine))
            yield Services(settings, engine, http, breakers, called, object_store, bell)
    finally:
        object_store.close()
        await engine.dispose()


def previous_keys_of(engine: AsyncEngine) -> ForgetPreviousKey:
    """Returns the function that forgets the previous key of an organizer."""

    async def forget(slug: str, api_key: str) -> None:
        async with engine.begin() as connection:
            await forget_previous_key(connection, slug, api_key)

    return forget


def _open_object_store(settings: Settings) -> ObjectStore:
    return ObjectStore(
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint,
        region=settings.s3_region,
        bucket=settings.s3_bucket,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
    )
