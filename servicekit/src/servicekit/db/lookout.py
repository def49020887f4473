"""One look for all lanes of a worker: which of them have something that is due, and when the next row will be.

An idle worker thus costs its database one statement for each `POLL_SECONDS`, however many lanes it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from servicekit.db.availability import is_unavailable
from servicekit.db.engine import driver_of, reading

POLL_SECONDS = 1.0
"""How long something that is due waits at most if no notification announced it."""
RETRY_SECONDS = 1.0
LEAST_SECONDS = 0.01
"""The least time between two looks, so that a crowd's notifications do not cost a look each."""

log = structlog.get_logger()


class Lookout:
    """Calls `due` with the name of each lane that has something due.

    `waits` are the lanes' expressions for the seconds until their next row is due, NULL if there is none.
    """

    def __init__(
        self, engine: AsyncEngine, waits: Mapping[str, sa.ScalarSelect[float]], due: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._names = list(waits)
        query = sa.select(*(wait.label(name) for name, wait in waits.items()))
        # Without parameters PostgreSQL plans it once for each connection, and knows which partial indexes serve it.
        self._query = str(query.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True}))
        self._due = due
        self._look = asyncio.Event()

    def look(self) -> None:
        """Something may be due, or it is time to stop."""
        self._look.set()

    async def keep_looking(self, stop: asyncio.Event) -> None:
        """Looks when told to, when the next row is due, and every `POLL_SECONDS`, until `stop`. Never raises."""
        while not stop.is_set():
            self._look.clear()
            seconds = await self._announce_what_is_due()
            # Not `wait_for`: up to Python 3.11 it swallows a cancellation that comes together with a look.
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._look.wait()
            await asyncio.sleep(LEAST_SECONDS)

    async def _announce_what_is_due(self) -> float:
        """Answers for how many seconds there is nothing more to see."""
        try:
            async with reading(self._engine) as connection:
                # By the driver, since this is the statement that a worker sends most.
                (row,) = await (await driver_of(connection)).fetch(self._query)
                waits = list(row)
        except Exception as error:
            if is_unavailable(error):
                log.warning("lookout.database_lost", error=repr(error))
                return RETRY_SECONDS
            # The defect of one lane must not stop the others: each looks for itself.
            log.exception("lookout.failed")
            waits = [0] * len(self._names)
        for name, wait in zip(self._names, waits, strict=True):
            if wait is not None and wait <= 0:
                self._due(name)
        return min([POLL_SECONDS, *(float(wait) for wait in waits if wait is not None and wait > 0)])
