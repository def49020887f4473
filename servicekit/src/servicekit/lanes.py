"""A worker whose queue are the rows themselves: each of its lanes takes one kind of rows that are due, so many at once.

A lane never waits for another one, and within a lane each item stands alone. Lanes are woken by a notification as soon
as something may be due; what no notification announced is found by polling. Any number of such workers may run, since
a row that is claimed is nobody else's until its lease is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from servicekit.db.availability import DATABASE_ERRORS
from servicekit.db.lookout import Lookout
from servicekit.db.wake import keep_listening
from servicekit.rounds import CountFailure, Sweep, beat, only_logged, repeat
from servicekit.rounds import Parts as WorkerParts
from servicekit.tracing import Trace, tracing

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


async def nothing_to_undo(_services: Parts, _name: str) -> None:
    """For work of which no failure is remembered."""


@dataclass(frozen=True, eq=False)
class Lane(Generic[Services, Item]):
    """One kind of work: `at_once` items are done at a time.

    `seconds_to_next` says when the next item is due, NULL if there is none; `claim` takes at most so many that are due.
    `do` opens its own transactions. `failed` puts off an item that has failed, or counts it if it is put off already;
    `recovered` is told of one that has failed before and was done now.
    """

    name: str
    at_once: int
    seconds_to_next: sa.ScalarSelect[float]
    claim: Callable[[Services, AsyncConnection, int], Awaitable[Sequence[Work[Item]]]]
    do: Callable[[Services, Item], Awaitable[None]]
    failed: Callable[[Services, str, BaseException], Awaitable[None]]
    recovered: Callable[[Services, str], Awaitable[None]] = nothing_to_undo


class LaneRunner(Generic[Services, Item]):
    """Runs one lane until it is told to stop."""

    def __init__(self, lane: Lane[Services, Item], services: Services) -> None:
        self._lane = lane
        self._services = services
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._stopped_moving: float | None = None

    def wake(self) -> None:
        """Something may be due, or it is time to stop."""
        self._wake.set()

    def still_seconds(self) -> float:
        """For how long it has taken nothing up because its places stay taken or its claims fail; 0 if it moves."""
        return 0.0 if self._stopped_moving is None else monotonic() - self._stopped_moving

    async def run(self, stop: asyncio.Event) -> None:
        """Does what is due until `stop`; items that are being done are finished first."""
        while not stop.is_set():
            await self.take_up()
            await self._wake.wait()
            self._wake.clear()
        await self.finish()

    async def finish(self) -> None:
        """Returns when everything that was taken up has been done."""
        await asyncio.gather(*self._running)

    async def take_up(self) -> None:
        """Begins what is due, as far as there are places."""
        free = self._lane.at_once - len(self._running)
        claimed = await self._claim(free) if free else []
        if claimed is not None and len(claimed) < free:
            self._stopped_moving = None
        elif self._stopped_moving is None:
            self._stopped_moving = monotonic()
        for work in claimed or ():
            task = asyncio.create_task(self._do(work))
            self._running.add(task)
            task.add_done_callback(self._ended)

    async def _claim(self, limit: int) -> Sequence[Work[Item]] | None:
        """None if nothing can be claimed now."""
        try:
            async with self._services.engine.begin() as connection:
                return await self._lane.claim(self._services, connection, limit)
        except DATABASE_ERRORS as error:
            log.warning("lane.database_lost", lane=self._lane.name, error=repr(error))
        except Exception:
            log.exception("lane.claim_failed", lane=self._lane.name)
        return None

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._stopped_moving is not None:
            # There were no places left, so more may be due.
            self._stopped_moving = None
            self._wake.set()

    async def _do(self, work: Work[Item]) -> None:
        with tracing(work.trace):
            try:
                await self._lane.do(self._services, work.item)
                if work.has_failed:
                    await self._lane.recovered(self._services, work.name)
            except (Exception, asyncio.CancelledError) as error:
                if _is_told_to_stop(error):
                    raise
                log.exception("work.failed", lane=self._lane.name, item=work.name)
                await self._put_off(work, error)

    async def _put_off(self, work: Work[Item], error: BaseException) -> None:
        try:
            await self._lane.failed(self._services, work.name, error)
        except Exception:
            # Nothing can be stored: the item is due again when its lease is over.
            log.exception("work.not_put_off", lane=self._lane.name, item=work.name)


def _is_told_to_stop(error: BaseException) -> bool:
    # An item may also meet the cancellation of something that it waited for; that is its own failure.
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


AnyLane = Lane[Services, Any]


async def run_lanes(
    services: Services,
    stop: asyncio.Event,
    *,
    channel: str,
    application_name: str,
    lanes: Sequence[AnyLane[Services]],
    sweeps: Sequence[Sweep[Services]],
    count_failure: CountFailure[Services] = only_logged,
) -> None:
    """Works until `stop`; items that are being done are finished first.

    `channel` is where a `Bell` announces that something may be due; `application_name` is what `pg_stat_activity` shows
    for the connection that listens there. `count_failure` is told of sweeps that failed.
    """
    runners = {lane.name: LaneRunner(lane, services) for lane in lanes}
    waits = {lane.name: lane.seconds_to_next for lane in lanes}
    lookout = Lookout(services.engine, waits, lambda name: runners[name].wake())

    def still_seconds() -> dict[str, float]:
        return {name: runner.still_seconds() for name, runner in runners.items()}

    log.info("worker.started", lanes=list(runners), sweeps=[sweep.name for sweep in sweeps])
    heard = lookout.look
    listening = asyncio.create_task(keep_listening(services.settings, channel, name=application_name, heard=heard))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(lookout.keep_looking(stop))
            for runner in runners.values():
                group.create_task(runner.run(stop))
            for sweep in sweeps:
                group.create_task(repeat(sweep, services, stop, count_failure))
            group.create_task(beat(services.settings.heartbeat_file, stop, still_seconds))
            await stop.wait()
            lookout.look()
            for runner in runners.values():
                runner.wake()
    finally:
        listening.cancel()
        await asyncio.wait({listening})
    log.info("worker.stopped")
