"""The plan of one action: where it pauses, and which of its calls to other services fail.

An action is a request to the service or a piece of a worker's work. It can pause before a statement, before a commit,
and before or after a call to another service. A paused action keeps its locks until the test resumes or kills it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only


class Fault(Enum):
    """What goes wrong with a call to the organizer or to payment."""

    LOST_REQUEST = "the request never arrives"
    LATE_REQUEST = "the request arrives after its sender has given up"
    LOST_ANSWER = "the request has its effect, the answer gets lost"
    DECLINE = "the organizer declines"


@dataclass
class ActionPlan:
    """`pause_at`: the number of the point where the action pauses, or None. `faults`: what goes wrong, by call."""

    pause_at: int | None = None
    faults: dict[str, Fault] = field(default_factory=dict)
    paused_before: str | None = None
    open_transactions: int = 0
    on_pause: Callable[[], None] = lambda: None
    _reached: int = 0
    _resumed: asyncio.Event = field(default_factory=asyncio.Event)

    async def reach(self, what: str) -> None:
        """Counts a point that the action reaches, and waits there if the plan says so."""
        self._reached += 1
        if self._reached != self.pause_at:
            return
        self.paused_before = what
        self.on_pause()
        await self._resumed.wait()

    def resume(self, *, pause_after: int | None) -> None:
        """Resumes the action; it pauses again `pause_after` points later, or never if that is None."""
        self.pause_at = None if pause_after is None else self._reached + pause_after
        self.paused_before = None
        self._resumed.set()
        self._resumed = asyncio.Event()


CURRENT_PLAN: ContextVar[ActionPlan | None] = ContextVar("plan", default=None)


def pause_at_statements(engine: AsyncEngine) -> None:
    """Makes every statement and every commit on `engine` a point, and counts open transactions."""

    def reach(what: str) -> None:
        plan = CURRENT_PLAN.get()
        if plan is not None:
            await_only(plan.reach(what))

    def before_statement(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        reach(statement[:60])

    def before_commit(_: Any) -> None:
        reach("COMMIT")
        _count(-1)

    sa.event.listen(engine.sync_engine, "before_cursor_execute", before_statement)
    sa.event.listen(engine.sync_engine, "begin", lambda _: _count(1))
    sa.event.listen(engine.sync_engine, "commit", before_commit)
    sa.event.listen(engine.sync_engine, "rollback", lambda _: _count(-1))


def _count(change: int) -> None:
    plan = CURRENT_PLAN.get()
    if plan is not None:
        plan.open_transactions += change
