"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

from devstack.deadlines import Deadline


async def until(condition: Callable[[], bool | Awaitable[bool]], *, seconds: float = 10) -> None:
    """Return as soon as `condition` holds; AssertionError when it does not within `seconds` of a quiet machine."""
    deadline = Deadline(seconds)
    while True:
        outcome = condition()
        if await outcome if inspect.isawaitable(outcome) else outcome:
            return
        assert not deadline.is_over(), f"not so within {deadline.granted:.0f} s"
        await asyncio.sleep(0.01)
