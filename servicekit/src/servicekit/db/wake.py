"""Waking workers as soon as something is due, by a notification that is no part of the transaction that makes it due.

A NOTIFY inside a transaction holds one lock of the whole server while it commits, so that such commits wait for each
other. Here the notification is sent afterwards and alone, and many that come at once are sent as one. One that is lost
costs the wait for the next poll, nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from servicekit.db.availability import DATABASE_ERRORS
from servicekit.db.engine import COMMAND_SECONDS, CONNECT_SECONDS, reading
from servicekit.settings import ServiceSettings

RETRY_SECONDS = 1.0

log = structlog.get_logger()


class Bell:
    """Tells the workers of all processes that something may be due. Ring it after the commit."""

    def __init__(self, engine: AsyncEngine, channel: str) -> None:
        self._engine = engine
        self._channel = channel
        self._is_rung = asyncio.Event()

    def ring(self) -> None:
        """Wakes the workers; returns at once."""
        self._is_rung.set()

    async def keep_sending(self) -> None:
        """Sends what `ring` asks for, one notification at a time."""
        notify = sa.text("SELECT pg_notify(:channel, '')")
        while True:
            await self._is_rung.wait()
            self._is_rung.clear()
            try:
                async with reading(self._engine) as connection:
                    await connection.execute(notify, {"channel": self._channel})
            except DATABASE_ERRORS as error:
                log.warning("bell.not_heard", channel=self._channel, error=repr(error))


@asynccontextmanager
async def open_bell(engine: AsyncEngine, channel: str) -> AsyncIterator[Bell]:
    """A bell that works inside the block."""
    bell = Bell(engine, channel)
    sending = asyncio.create_task(bell.keep_sending())
    try:
        yield bell
    finally:
        await _cancelled(sending)


async def keep_listening(settings: ServiceSettings, channel: str, *, name: str, heard: Callable[[], None]) -> None:
    """Calls `heard` for every notification on `channel`, on a connection of its own, which is made again when it ends.

    `name` is what `pg_stat_activity` shows for it. It also calls `heard` whenever it begins to listen: something may
    have been missed before.
    """
    while True:
        with suppress(*DATABASE_ERRORS):
            await _listen_until_lost(settings, channel, name, heard)
        log.warning("listener.lost", channel=channel, retry_after_seconds=RETRY_SECONDS)
        await asyncio.sleep(RETRY_SECONDS)


async def _listen_until_lost(settings: ServiceSettings, channel: str, name: str, heard: Callable[[], None]) -> None:
    connection = await asyncpg.connect(
        settings.database_dsn(),
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings={"application_name": name},
    )
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    try:
        await connection.add_listener(channel, lambda *_: heard())
        heard()
        await lost.wait()
    finally:
        connection.terminate()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
