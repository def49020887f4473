"""The objects that all requests or work items of a process share: opened at the start, closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from servicekit.crash_points import arm_crash_points
from servicekit.db.engine import create_engine
from servicekit.db.wake import Bell, open_bell
from servicekit.http.calls import open_session
from sqlalchemy.ext.asyncio import AsyncEngine

from payments.settings import Settings

WORK_CHANNEL = "payment_work"
"""The PostgreSQL channel on which a notification announces that work may be due."""


@dataclass(frozen=True, slots=True)
class Services:
    """The shared objects of a process; `http` sends webhooks, `bell` wakes the workers."""

    settings: Settings
    engine: AsyncEngine
    http: aiohttp.ClientSession
    bell: Bell


@asynccontextmanager
async def open_services(settings: Settings, application_name: str) -> AsyncIterator[Services]:
    """Opens the shared objects for `settings`; the database need not answer yet."""
    arm_crash_points(settings.crash_point_file)
    engine = create_engine(settings, application_name)
    try:
        async with (
            open_session(allow_private=settings.allow_private_addresses) as http,
            open_bell(engine, WORK_CHANNEL) as bell,
        ):
            yield Services(settings, engine, http, bell)
    finally:
        await engine.dispose()
