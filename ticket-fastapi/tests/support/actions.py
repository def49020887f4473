"""Runs several actions at the same time; only one of them moves at a time, as far as locks allow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from devstack.deadlines import Deadline
from support.action_plan import CURRENT_PLAN, ActionPlan

LOOK_AGAIN_SECONDS = 0.03
PATIENCE_SECONDS = 15

COUNT_WAITING_FOR_LOCKS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@dataclass(eq=False)
class Action:
    """One request to the service, or one piece of a worker's work."""

    name: str
    plan: ActionPlan
    task: asyncio.Task[None]

    @property
    def paused_before(self) -> str | None:
        return self.plan.paused_before


class ActionsInProgress:
    """The actions that have started and not finished."""

    def __init__(self, observer: AsyncEngine) -> None:
        self._observer = observer
        self._changed = asyncio.Event()
        self.unfinished: list[Action] = []

    @property
    def paused(self) -> list[Action]:
        return [action for action in self.unfinished if action.paused_before is not None]

    async def start(self, name: str, do: Callable[[], Awaitable[None]], plan: ActionPlan) -> None:
        """Starts an action and waits until each action has finished, is paused, or waits for a lock of a paused one."""
        plan.on_pause = self._changed.set

        async def run() -> None:
            CURRENT_PLAN.set(plan)
            await do()

        task = asyncio.create_task(run())
        task.add_done_callback(lambda _: self._changed.set())
        self.unfinished.append(Action(name, plan, task))
        await self.wait_until_quiet()

    async def resume(self, action: Action, *, pause_after: int | None = None) -> None:
        """Resumes a paused action."""
        action.plan.resume(pause_after=pause_after)
        await self.wait_until_quiet()

    async def kill(self, action: Action) -> None:
        """Ends an action: its transaction is rolled back; requests that it has sent stay sent."""
        action.task.cancel()
        with suppress(asyncio.CancelledError):
            await action.task
        self.unfinished.remove(action)
        await self.wait_until_quiet()

    async def finish_all(self) -> None:
        """Resumes all actions until they finish."""
        while self.unfinished:
            for action in self.unfinished:
                action.plan.resume(pause_after=None)
            await self.wait_until_quiet()

    async def wait_until_quiet(self) -> None:
        """Waits until each action has finished, is paused, or waits for a lock; raises the error of a failed one."""
        deadline = Deadline(PATIENCE_SECONDS)
        while True:
            self._changed.clear()
            self._collect()
            moving = len(self.unfinished) - len(self.paused)
            if not moving:
                return
            assert not deadline.is_over(), f"stuck: {self.unfinished}"
            try:
                await asyncio.wait_for(self._changed.wait(), LOOK_AGAIN_SECONDS)
            except TimeoutError:
                if self.paused and await self._waiting_for_locks() >= moving:
                    return

    def _collect(self) -> None:
        for action in [action for action in self.unfinished if action.task.done()]:
            self.unfinished.remove(action)
            action.task.result()

    async def _waiting_for_locks(self) -> int:
        async with self._observer.connect() as connection:
            return int((await connection.execute(COUNT_WAITING_FOR_LOCKS)).scalar_one())
