"""Waits for a condition, with a deadline; for the tests of all services."""

import asyncio
import inspect
from collections.abc import Callable

from devstack.deadlines import Deadline

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, GROWTH = 0.01, 0.1, 1.3
"""Each pause between two looks is longer than the last, so that a long wait costs little processor time."""


async def wait_until(condition: Callable[[], object], *, seconds: float = 10) -> None:
    """Returns as soon as `condition` is true, or what it returns to await is.

    Raises AssertionError if that takes longer than `seconds`, which a busy machine stretches.
    """
    deadline = Deadline(seconds)
    pause = FIRST_PAUSE_SECONDS
    while True:
        outcome = condition()
        if await outcome if inspect.isawaitable(outcome) else outcome:
            return
        if deadline.is_over():
            raise AssertionError(f"the condition did not hold within {deadline.granted:.0f} s")
        await asyncio.sleep(pause)
        pause = min(pause * GROWTH, LONGEST_PAUSE_SECONDS)
