"""What happens to one doing on its way: where it is stopped, and which of its calls get lost.

A doing is a request to the service or a piece of the worker's work. It is stopped before a statement, before a commit,
or before or after a call to another service; there it stays, with the locks that it has, until it is let go on or dies.
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
    """What goes wrong with a call to organizer or payment."""

    LOST_REQUEST = "the request never arrives"
    LATE_REQUEST = "the request arrives after its sender has given up"
    LOST_ANSWER = "the request has its effect, the answer gets lost"
    DECLINE = "the organizer declines"


@dataclass
class Script:
    """`stop_at`: the number of the point at which the doing is stopped, None: nowhere. `faults`: by call."""

    stop_at: int | None = None
    faults: dict[str, Fault] = field(default_factory=dict)
    stopped_before: str | None = None
    open_transactions: int = 0
    on_stop: Callable[[], None] = lambda: None
    _reached: int = 0
    _go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def point(self, what: str) -> None:
        """A point at which the doing may be stopped."""
        self._reached += 1
        if self._reached != self.stop_at:
            return
        self.stopped_before = what
        self.on_stop()
        await self._go_on.wait()

    def go_on(self, *, stop_after: int | None) -> None:
        """Let it go on, to be stopped again that many points later."""
        self.stop_at = None if stop_after is None else self._reached + stop_after
        self.stopped_before = None
        self._go_on.set()
        self._go_on = asyncio.Event()


SCRIPT: ContextVar[Script | None] = ContextVar("script", default=None)


def stop_at_statements(engine: AsyncEngine) -> None:
    """Make every statement and every commit on `engine` such a point, and count open transactions."""

    def reach(what: str) -> None:
        script = SCRIPT.get()
        if script is not None:
            await_only(script.point(what))

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
    script = SCRIPT.get()
    if script is not None:
        script.open_transactions += change
