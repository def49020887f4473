"""Wakes workers as soon as something is due, by a notification outside of the transaction that makes it due.

A NOTIFY inside a transaction takes a lock of the whole server until the commit, so that such commits wait for each
other. Here the notification is sent after the commit and alone, and notifications that follow closely are sent as one.
If a notification is lost, the work waits for the next poll.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from servicekit.db.availability import DATABASE_ERRORS
from servicekit.db.engine import COMMAND_SECONDS, CONNECT_SECONDS, borrowed_driver
from servicekit.settings import ServiceSettings

RETRY_SECONDS = 1.0
PAUSE_SECONDS = 0.01
"""The time after a notification in which those that are requested become one."""

log = structlog.get_logger()


class Bell:
    """Notifies the workers of all processes that something may be due. Ring it after the commit."""

    def __init__(self, engine: AsyncEngine, channel: str) -> None:
        self._engine = engine
        self._channel = channel
        self._is_rung = asyncio.Event()

    def ring(self) -> None:
        """Requests a notification; returns at once."""
        self._is_rung.set()

    async def keep_sending(self) -> None:
        """Sends the notifications that `ring` requests, one at a time, until it is cancelled."""
        while True:
            await self._is_rung.wait()
            self._is_rung.clear()
            try:
                async with borrowed_driver(self._engine) as driver:
                    await driver.execute("SELECT pg_notify($1, '')", self._channel)
            except DATABASE_ERRORS as error:
                log.warning("bell.not_heard", channel=self._channel, error=repr(error))
            await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def open_bell(engine: AsyncEngine, channel: str) -> AsyncIterator[Bell]:
    """Returns a bell that sends its notifications while the block runs."""
    bell = Bell(engine, channel)
    sending = asyncio.create_task(bell.keep_sending())
    try:
        yield bell
    finally:
        await _cancelled(sending)


async def keep_listening(settings: ServiceSettings, channel: str, *, name: str, heard: Callable[[], None]) -> None:
    """Calls `heard` for every notification on `channel`; listens on a connection of its own and replaces a lost one.

    `pg_stat_activity` shows the connection under `name`. It also calls `heard` when it begins to listen, since it may
    have missed notifications before.
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
