"""Several doings under way at once, one of them moving at a time as far as locks allow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from devstack.deadlines import Deadline
from support.script import SCRIPT, Script

LOOK_AGAIN_SECONDS = 0.03
PATIENCE_SECONDS = 15

WAITING_FOR_LOCKS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@dataclass(eq=False)
class Doing:
    """One request or one piece of work."""

    name: str
    script: Script
    task: asyncio.Task[None]

    @property
    def stopped_before(self) -> str | None:
        return self.script.stopped_before


class Doings:
    """All that have begun and not ended."""

    def __init__(self, observer: AsyncEngine) -> None:
        self._observer = observer
        self._news = asyncio.Event()
        self.unfinished: list[Doing] = []

    @property
    def stopped(self) -> list[Doing]:
        return [doing for doing in self.unfinished if doing.stopped_before is not None]

    async def begin(self, name: str, do: Callable[[], Awaitable[None]], script: Script) -> None:
        """Begin, and wait until everything has ended, is stopped, or waits for a lock of one that is stopped."""
        script.on_stop = self._news.set

        async def run() -> None:
            SCRIPT.set(script)
            await do()

        task = asyncio.create_task(run())
        task.add_done_callback(lambda _: self._news.set())
        self.unfinished.append(Doing(name, script, task))
        await self.come_to_rest()

    async def go_on(self, doing: Doing, *, stop_after: int | None = None) -> None:
        """Let one that is stopped go on."""
        doing.script.go_on(stop_after=stop_after)
        await self.come_to_rest()

    async def kill(self, doing: Doing) -> None:
        """It does nothing any more; its transaction is undone, what it has sent stays sent."""
        doing.task.cancel()
        with suppress(asyncio.CancelledError):
            await doing.task
        self.unfinished.remove(doing)
        await self.come_to_rest()

    async def finish(self) -> None:
        """Let all go on to their ends."""
        while self.unfinished:
            for doing in self.unfinished:
                doing.script.go_on(stop_after=None)
            await self.come_to_rest()

    async def come_to_rest(self) -> None:
        deadline = Deadline(PATIENCE_SECONDS)
        while True:
            self._news.clear()
            self._collect()
            moving = len(self.unfinished) - len(self.stopped)
            if not moving:
                return
            assert not deadline.is_over(), f"stuck: {self.unfinished}"
            try:
                await asyncio.wait_for(self._news.wait(), LOOK_AGAIN_SECONDS)
            except TimeoutError:
                if self.stopped and await self._waiting_for_locks() >= moving:
                    return

    def _collect(self) -> None:
        for doing in [doing for doing in self.unfinished if doing.task.done()]:
            self.unfinished.remove(doing)
            doing.task.result()

    async def _waiting_for_locks(self) -> int:
        async with self._observer.connect() as connection:
            return int((await connection.execute(WAITING_FOR_LOCKS)).scalar_one())
