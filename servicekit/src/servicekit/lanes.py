"""A worker whose queue is the rows themselves: each lane claims due rows of one kind and works on several at a time.

A lane never waits for another lane, and an item that fails does not stop the others. A notification wakes the lanes as
soon as something may be due; polling finds due rows that no notification announced. Any number of workers may run,
since other workers skip a claimed row until its lease expires.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from servicekit.db.availability import DATABASE_ERRORS
from servicekit.db.due_rows import Places
from servicekit.db.lookout import Lookout
from servicekit.db.wake import keep_listening
from servicekit.rounds import CountFailure, Sweep, beat, log_only, repeat
from servicekit.rounds import Parts as WorkerParts
from servicekit.tracing import Trace, tracing

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
    """A claimed item, its `name` for logs, the `trace` of its request, and whether it has failed before.

    In a lane whose places are shared, its `owner`.
    """

    item: Item
    name: str
    trace: Trace
    has_failed: bool = False
    owner: str = ""


async def nothing_to_undo(_services: Parts, _name: str) -> None:
    """For work of which no failure is remembered."""


@dataclass(frozen=True, eq=False)
class Lane(Generic[Services, Item]):
    """One kind of work; the lane works on at most `at_once` items at a time, and on `of_one_owner` of one owner.

    So an owner whose items take long leaves places for the others. `seconds_to_next` says when the next item is due,
    NULL if there is none; `claim` takes as many that are due as the places allow.
    `do` opens its own transactions. `failed` puts off an item that has failed, or counts it if it is put off already;
    `recovered` is told of one that has failed before and was done now.
    """

    name: str
    at_once: int
    seconds_to_next: sa.ScalarSelect[float]
    claim: Callable[[Services, AsyncConnection, Places], Awaitable[Sequence[Work[Item]]]]
    do: Callable[[Services, Item], Awaitable[None]]
    failed: Callable[[Services, str, BaseException], Awaitable[None]]
    recovered: Callable[[Services, str], Awaitable[None]] = nothing_to_undo
    of_one_owner: int | None = None


class LaneRunner(Generic[Services, Item]):
    """Runs one lane until it is stopped."""

    def __init__(self, lane: Lane[Services, Item], services: Services) -> None:
        self._lane = lane
        self._services = services
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], str] = {}
        """The items in progress, with their owners."""
        self._stopped_moving: float | None = None

    def wake(self) -> None:
        """Makes the lane look for due items, or notice that it shall stop."""
        self._wake.set()

    def still_seconds(self) -> float:
        """For how long it has taken nothing up because its places stay taken or its claims fail; 0 if it moves."""
        return 0.0 if self._stopped_moving is None else monotonic() - self._stopped_moving

    async def run(self, stop: asyncio.Event) -> None:
        """Works on due items until `stop` is set, then finishes those in progress. Never raises."""
        while not stop.is_set():
            await self.take_up()
            await self._wake.wait()
            self._wake.clear()
        await self.finish()

    async def finish(self) -> None:
        """Returns when no item is in progress."""
        await asyncio.gather(*self._running)

    async def take_up(self) -> None:
        """Claims as many due items as there are free places, and starts them."""
        free = self._lane.at_once - len(self._running)
        claimed = await self._claim(Places(free, self._of_one_owner, self._taken())) if free else []
        if claimed is not None and len(claimed) < free:
            self._stopped_moving = None
        elif self._stopped_moving is None:
            self._stopped_moving = monotonic()
        for work in claimed or ():
            task = asyncio.create_task(self._do(work))
            self._running[task] = work.owner
            task.add_done_callback(self._ended)

    @property
    def _of_one_owner(self) -> int:
        return self._lane.of_one_owner or self._lane.at_once

    def _taken(self) -> Counter[str]:
        return Counter(self._running.values())

    async def _claim(self, places: Places) -> Sequence[Work[Item]] | None:
        """Returns the claimed items; None if the claim failed."""
        try:
            async with self._services.engine.begin() as connection:
                return await self._lane.claim(self._services, connection, places)
        except DATABASE_ERRORS as error:
            log.warning("lane.database_lost", lane=self._lane.name, error=repr(error))
        except Exception:
            log.exception("lane.claim_failed", lane=self._lane.name)
        return None

    def _ended(self, task: asyncio.Task[None]) -> None:
        owner_was_full = self._taken()[self._running.pop(task)] >= self._of_one_owner
        if self._stopped_moving is not None or owner_was_full:
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
            # The failure cannot be stored; the item is due again when its lease expires.
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
    count_failure: CountFailure[Services] = log_only,
) -> None:
    """Runs all lanes and sweeps until `stop` is set, then finishes the items in progress.

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
