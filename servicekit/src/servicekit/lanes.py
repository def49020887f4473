"""A worker whose queue is the rows themselves: each lane claims due rows of one kind and works on several at a time.

A lane never waits for another lane, and an item that fails does not stop the others. A notification wakes the lanes as
soon as something may be due; polling finds due rows that no notification announced. Any number of workers may run,
since other workers skip a claimed row until its lease expires.
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
"""The longest time that a due row waits if no notification announced it."""
RETRY_SECONDS = 1.0

log = structlog.get_logger()


class Parts(WorkerParts, Protocol):
    """The shared objects of a service that lanes need: settings and engine."""

    @property
    def engine(self) -> AsyncEngine:
        """The database engine of the process."""
        ...


Services = TypeVar("Services", bound=Parts)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Work(Generic[Item]):
    """A claimed item, its `name` for logs, the `trace` of its request, and whether it has failed before."""

    item: Item
    name: str
    trace: Trace
    has_failed: bool = False


@dataclass(frozen=True)
class Lane(Generic[Services, Item]):
    """One kind of work; the lane works on at most `at_once` items at a time.

    `seconds_to_next` returns when the next item is due, None if there is none. `claim` claims at most the given number
    of due items. `do` works on one item and opens its own transactions. `failed` postpones an item that has failed.
    `recovered` is called for an item that has failed before and succeeded now.
    """

    name: str
    at_once: int
    seconds_to_next: Callable[[AsyncConnection], Awaitable[float | None]]
    claim: Callable[[Services, AsyncConnection, int], Awaitable[Sequence[Work[Item]]]]
    do: Callable[[Services, Item], Awaitable[None]]
    failed: Callable[[Services, str, Exception], Awaitable[None]]
    recovered: Callable[[Services, str], Awaitable[None]]


class LaneRunner(Generic[Services, Item]):
    """Runs one lane until it is stopped."""

    def __init__(self, lane: Lane[Services, Item], services: Services) -> None:
        self._lane = lane
        self._services = services
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Makes the lane look for due items, or notice that it shall stop."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Works on due items until `stop` is set, then finishes those in progress. Never raises."""
        while not stop.is_set():
            self._wake.clear()
            wait = await self.take_up()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)
        await self.finish()

    async def finish(self) -> None:
        """Returns when no item is in progress."""
        if self._running:
            await asyncio.wait(self._running)

    async def take_up(self) -> float:
        """Claims due items and starts them; returns for how many seconds the lane can sleep unless it is woken."""
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
        # After a claim, more items may be due. Without one, other workers have claimed the due items.
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
            # The failure cannot be stored; the item is due again when its lease expires.
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
    """Runs all lanes and sweeps until `stop` is set, then finishes the items in progress.

    A `Bell` announces due work on `channel`; `pg_stat_activity` shows the connection that listens there under
    `application_name`.
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
