"""Waits for a condition, with a deadline."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

from devstack.deadlines import Deadline


async def wait_until(condition: Callable[[], bool | Awaitable[bool]], *, seconds: float = 10) -> None:
    """Waits until `condition` holds; raises AssertionError after `seconds`, which a busy machine stretches."""
    deadline = Deadline(seconds)
    while True:
        outcome = condition()
        if await outcome if inspect.isawaitable(outcome) else outcome:
            return
        assert not deadline.is_over(), f"the condition did not hold within {deadline.granted:.0f} s"
        await asyncio.sleep(0.01)
