"""Runs one lane: claims what is due as places become free, and does it, together where the lane can."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from time import monotonic
from typing import Generic

import structlog

from servicekit.db.availability import DATABASE_ERRORS
from servicekit.db.due_rows import Places
from servicekit.lane import Item, Lane, Left, Services, Work
from servicekit.tracing import new_trace, tracing

PATIENCE_SECONDS = 0.25
"""How long items that can be done together wait at most for those under way, so that they gather meanwhile."""

log = structlog.get_logger()


class LaneRunner(Generic[Services, Item]):
    """Runs one lane until it is stopped."""

    def __init__(self, lane: Lane[Services, Item], services: Services) -> None:
        self._lane = lane
        self._services = services
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], Sequence[Work[Item]]] = {}
        """The items in progress, by the task that does them."""
        self._gathering_until = 0.0
        """Until then, items that can be done together wait for those under way."""
        self._will_wake = False
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
        free = self._lane.at_once - self._taken().total()
        if self._gathers():
            free = 0
            self._wake_when_patience_ends()
        claimed = await self._claim(Places(free, self._of_one_owner, self._taken())) if free else []
        if claimed is not None and len(claimed) < free:
            self._stopped_moving = None
        elif self._stopped_moving is None:
            self._stopped_moving = monotonic()
        for group in self._grouped(claimed or ()):
            task = asyncio.create_task(self._do_group(group))
            self._running[task] = group
            task.add_done_callback(self._ended)

    def _gathers(self) -> bool:
        """Whether the lane does items together now and has just begun; what becomes due meanwhile is done next.

        Nobody waits while nothing is under way, and nobody waits long for items that take long.
        """
        is_busy = any(not _is_alone(group[0]) for group in self._running.values())
        return is_busy and self._lane.together is not None and monotonic() < self._gathering_until

    def _wake_when_patience_ends(self) -> None:
        if not self._will_wake:
            self._will_wake = True
            asyncio.get_running_loop().call_later(self._gathering_until - monotonic(), self._patience_ended)

    def _patience_ended(self) -> None:
        # Perhaps a little too early, as timers are rounded; then the lane looks at the time again.
        self._will_wake = False
        self._wake.set()

    def _grouped(self, claimed: Sequence[Work[Item]]) -> list[Sequence[Work[Item]]]:
        """Returns the items in groups, each of which is done by one task."""
        if self._lane.together is None:
            return [[work] for work in claimed]
        alone = [[work] for work in claimed if _is_alone(work)]
        together = [work for work in claimed if not _is_alone(work)]
        if not together:
            return [*alone]
        self._gathering_until = monotonic() + PATIENCE_SECONDS
        return [*alone, together]

    @property
    def _of_one_owner(self) -> int:
        return self._lane.of_one_owner or self._lane.at_once

    def _taken(self) -> Counter[str]:
        return Counter(work.owner for group in self._running.values() for work in group)

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
        taken = self._taken()
        owner_was_full = any(taken[work.owner] >= self._of_one_owner for work in self._running.pop(task))
        if self._stopped_moving is not None or owner_was_full:
            # There were no places left, so more may be due.
            self._stopped_moving = None
            self._wake.set()

    async def _do_group(self, group: Sequence[Work[Item]]) -> None:
        if len(group) == 1:
            await self._do(group[0])
            return
        left = await self._do_together(group)
        await asyncio.gather(*(self._finish(work, each) for work, each in zip(group, left, strict=True)))

    async def _do_together(self, group: Sequence[Work[Item]]) -> Sequence[Left | Exception]:
        """Does the items in one go; returns what is left of each."""
        if self._lane.together is None:
            return [Left.ALONE] * len(group)
        with tracing(new_trace()):
            try:
                return await self._lane.together(self._services, [work.item for work in group])
            except (Exception, asyncio.CancelledError) as error:
                if _is_told_to_stop(error):
                    raise
                # One of them may be the reason.
                log.warning("work.not_done_together", lane=self._lane.name, items=len(group), error=repr(error))
                return [Left.ALONE] * len(group)

    async def _finish(self, work: Work[Item], left: Left | Exception) -> None:
        """Does what is left to do with an item of a group."""
        if left is Left.ALONE:
            await self._do(work)
        elif isinstance(left, Exception):
            with tracing(work.trace):
                log.error("work.failed", lane=self._lane.name, item=work.name, exc_info=left)
                await self._put_off(work, left)

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


def _is_alone(work: Work[Item]) -> bool:
    # What has failed once may be what makes the others fail.
    return work.alone or work.has_failed


def _is_told_to_stop(error: BaseException) -> bool:
    # An item may also meet the cancellation of something that it waited for; that is its own failure.
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
