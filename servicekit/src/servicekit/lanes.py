"""A worker whose queue are the rows themselves: each of its lanes takes one kind of rows that are due, so many at once.

A lane never waits for another one, and within a lane each item stands alone. Lanes are woken by a notification as soon
as something may be due; what no notification announced is found by polling. Any number of such workers may run, since
a row that is claimed is nobody else's until its lease is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from servicekit.db.availability import DATABASE_ERRORS
from servicekit.db.engine import reading
from servicekit.db.wake import keep_listening
from servicekit.rounds import Parts as WorkerParts
from servicekit.rounds import Sweep, beat, repeat
from servicekit.tracing import Trace, tracing

POLL_SECONDS = 1.0
"""How long something that is due waits at most if no notification announced it."""
RETRY_SECONDS = 1.0

log = structlog.get_logger()


class Parts(WorkerParts, Protocol):
    """What work is done with: the service's own parts, with its settings and its engine among them."""

    @property
    def engine(self) -> AsyncEngine:
        """The engine of the process."""
        ...


Services = TypeVar("Services", bound=Parts)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Work(Generic[Item]):
    """One claimed item: its `name` for logs, the request for which it is done, and whether it has failed before."""

    item: Item
    name: str
    trace: Trace
    has_failed: bool = False


@dataclass(frozen=True)
class Lane(Generic[Services, Item]):
    """One kind of work: `at_once` items are done at a time.

    `seconds_to_next` says when the next item is due, None if there is none; `claim` takes at most so many that are due.
    `do` opens its own transactions. `failed` puts off an item that has failed; `recovered` is told of one that has
    failed before and was done now.
    """

    name: str
    at_once: int
    seconds_to_next: Callable[[AsyncConnection], Awaitable[float | None]]
    claim: Callable[[Services, AsyncConnection, int], Awaitable[Sequence[Work[Item]]]]
    do: Callable[[Services, Item], Awaitable[None]]
    failed: Callable[[Services, str, Exception], Awaitable[None]]
    recovered: Callable[[Services, str], Awaitable[None]]


class LaneRunner(Generic[Services, Item]):
    """Runs one lane until it is told to stop."""

    def __init__(self, lane: Lane[Services, Item], services: Services) -> None:
        self._lane = lane
        self._services = services
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something may be due, or it is time to stop."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Does what is due until `stop`; items that are being done are finished first. Never raises."""
        while not stop.is_set():
            self._wake.clear()
            wait = await self.take_up()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)
        await self.finish()

    async def finish(self) -> None:
        """Returns when everything that was taken up has been done."""
        if self._running:
            await asyncio.wait(self._running)

    async def take_up(self) -> float:
        """Begins what is due; answers for how many seconds there is nothing more to do unless the lane is woken."""
        free = self._lane.at_once - len(self._running)
        if not free:
            return POLL_SECONDS
        try:
            async with reading(self._services.engine) as connection:
                seconds = await self._lane.seconds_to_next(connection)
            if seconds is None or seconds > 0:
                return POLL_SECONDS if seconds is None else min(seconds, POLL_SECONDS)
            async with self._services.engine.begin() as connection:
                claimed = await self._lane.claim(self._services, connection, free)
        except DATABASE_ERRORS as error:
            log.warning("lane.database_lost", lane=self._lane.name, error=repr(error))
            return RETRY_SECONDS
        except Exception:
            log.exception("lane.claim_failed", lane=self._lane.name)
            return RETRY_SECONDS
        for work in claimed:
            task = asyncio.create_task(self._do(work))
            self._running.add(task)
            task.add_done_callback(self._ended)
        # More may be due. If nothing was left to claim, other workers are at it.
        return 0 if claimed else POLL_SECONDS

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()

    async def _do(self, work: Work[Item]) -> None:
        with tracing(work.trace):
            try:
                await self._lane.do(self._services, work.item)
                if work.has_failed:
                    await self._lane.recovered(self._services, work.name)
            except Exception as error:
                log.exception("work.failed", lane=self._lane.name, item=work.name)
                await self._put_off(work, error)

    async def _put_off(self, work: Work[Item], error: Exception) -> None:
        try:
            await self._lane.failed(self._services, work.name, error)
        except Exception:
            # Nothing can be stored: the item is due again when its lease is over.
            log.exception("work.not_put_off", lane=self._lane.name, item=work.name)


AnyLane = Lane[Services, Any]


async def run_lanes(
    services: Services,
    stop: asyncio.Event,
    *,
    channel: str,
    application_name: str,
    lanes: Sequence[AnyLane[Services]],
    sweeps: Sequence[Sweep[Services]],
) -> None:
    """Works until `stop`; items that are being done are finished first.

    `channel` is where a `Bell` announces that something may be due; `application_name` is what `pg_stat_activity` shows
    for the connection that listens there.
    """
    runners = [LaneRunner(lane, services) for lane in lanes]

    def wake() -> None:
        for runner in runners:
            runner.wake()

    log.info("worker.started", lanes=[lane.name for lane in lanes], sweeps=[sweep.name for sweep in sweeps])
    listening = asyncio.create_task(keep_listening(services.settings, channel, name=application_name, heard=wake))
    try:
        async with asyncio.TaskGroup() as group:
            for runner in runners:
                group.create_task(runner.run(stop))
            for sweep in sweeps:
                group.create_task(repeat(sweep, services, stop))
            group.create_task(beat(services.settings.heartbeat_file, stop))
            await stop.wait()
            wake()
    finally:
        listening.cancel()
        await asyncio.wait({listening})
    log.info("worker.stopped")
