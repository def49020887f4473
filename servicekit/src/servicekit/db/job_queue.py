"""PgQueuer, kept running: it listens again when its connection breaks, and waits for a database that is away.

PgQueuer 1.6 sends its first health probe before LISTEN is in force, on another connection. A probe that overtakes
LISTEN is lost, and the library then takes a healthy listener for a broken one. So its verdict is not asked for
(`shutdown_on_listener_failure` stays off). Here a listener is broken when its connection ends, and polling finds what
a notification did not announce.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import asyncpg
import structlog
from pgqueuer import AsyncpgPoolDriver, PgQueuer, Queries
from pgqueuer.ports.driver import NotifyCallback

from servicekit.settings import DatabaseSettings

POLL = timedelta(seconds=1)
"""How long a job waits at most when its notification was lost or left out."""
RETRY_SECONDS = 1.0
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the driver raises when the database goes away. A timeout is an OSError; InternalClientError comes from a
connection that is ended in the middle of a statement."""

log = structlog.get_logger()


class ListeningDriver(AsyncpgPoolDriver):
    """A driver whose listener never delays, fails or ends the queue. Call `stop_listening` when the queue has ended."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self._listener: asyncio.Task[None] | None = None

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Start to listen, and return at once: until LISTEN is in force, polling finds the jobs."""
        self._listener = asyncio.create_task(self._keep_listening(channel, callback))

    async def stop_listening(self) -> None:
        """Return the listener's connection to the pool."""
        if self._listener is not None:
            await _cancelled(self._listener)

    async def _keep_listening(self, channel: str, callback: NotifyCallback) -> None:
        while True:
            with suppress(*LOST):
                await self._listen_until_lost(channel, callback)
            log.warning("queue.listener_lost", retry_after_seconds=RETRY_SECONDS)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen_until_lost(self, channel: str, callback: NotifyCallback) -> None:
        def notify(_connection: object, _pid: object, _channel: object, payload: object) -> None:
            callback(str(payload))

        lost = asyncio.Event()
        async with self._pool.acquire() as connection:
            connection.add_termination_listener(lambda _: lost.set())
            try:
                await connection.add_listener(channel, notify)
                await lost.wait()
            finally:
                with suppress(*LOST):
                    await connection.remove_listener(channel, notify)


async def run_queue(pool: asyncpg.Pool, register: Callable[[PgQueuer], None], stop: asyncio.Event) -> None:
    """Do jobs until `stop`; jobs that run are finished first. While the database is away, try again every second.

    `register` adds the jobs' handlers to a queue.
    """
    while not stop.is_set():
        try:
            await _run_until(stop, pool, register)
        except LOST as error:
            log.warning("queue.database_lost", error=repr(error), retry_after_seconds=RETRY_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_SECONDS)


async def _run_until(stop: asyncio.Event, pool: asyncpg.Pool, register: Callable[[PgQueuer], None]) -> None:
    driver = ListeningDriver(pool)
    queuer = PgQueuer(driver)
    register(queuer)
    running = asyncio.create_task(queuer.run(dequeue_timeout=POLL, batch_size=20, max_concurrent_tasks=40))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        queuer.shutdown.set()
        await running
    finally:
        stopping.cancel()
        await _cancelled(running)
        await driver.stop_listening()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def queue_differences(settings: DatabaseSettings) -> str | None:
    """How PgQueuer's tables differ from what it expects; None if they do not."""
    return asyncio.run(_queue_differences(settings))


async def _queue_differences(settings: DatabaseSettings) -> str | None:
    connection = await asyncpg.connect(settings.database_dsn())
    try:
        plan = await Queries.from_asyncpg_connection(connection).plan_upgrade()
    finally:
        await connection.close()
    return f"PgQueuer would change its tables: {'; '.join(plan.statements)}" if plan.statements else None
