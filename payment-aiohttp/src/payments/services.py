"""What all requests or jobs of one process share: made at start, closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from servicekit.crash_points import arm_crash_points
from servicekit.db.engine import create_engine
from servicekit.db.wake import Bell, open_bell
from sqlalchemy.ext.asyncio import AsyncEngine

from payments.settings import Settings

WORK_CHANNEL = "payment_work"
"""Where a notification says that something may be due."""


@dataclass(frozen=True, slots=True)
class Services:
    """The process's own parts; `http` is for outgoing webhooks, `bell` wakes the workers."""

    settings: Settings
    engine: AsyncEngine
    http: aiohttp.ClientSession
    bell: Bell


@asynccontextmanager
async def open_services(settings: Settings, application_name: str) -> AsyncIterator[Services]:
    """The parts for `settings`; the database need not answer yet."""
    arm_crash_points(settings.crash_point_file)
    engine = create_engine(settings, application_name)
    try:
        # A receiver's cookies and the environment's proxies are none of our business.
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as http,
            open_bell(engine, WORK_CHANNEL) as bell,
        ):
            yield Services(settings, engine, http, bell)
    finally:
        await engine.dispose()
