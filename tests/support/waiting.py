"""Waiting for a condition, with a deadline instead of a sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from devstack.deadlines import Deadline

Found = TypeVar("Found")

LOOK_AGAIN_SECONDS = 0.1


def until(
    look: Callable[[], Found],
    is_there: Callable[[Found], bool] = bool,
    *,
    what: str,
    seconds: float = 20,
    ignore: tuple[type[Exception], ...] = (),
    look_again: float = LOOK_AGAIN_SECONDS,
) -> Found:
    """What `look` finds as soon as `is_there` agrees; an AssertionError saying `what` was missed when the time is over.

    `seconds` are those of a quiet machine.
    Exceptions of the kinds in `ignore` count as not there yet.
    """
    deadline = Deadline(seconds)
    last: object = None
    while True:
        try:
            found = look()
            if is_there(found):
                return found
            last = found
        except ignore as error:
            last = error
        if deadline.is_over():
            raise AssertionError(f"{what}: not within {deadline.granted:.0f} s; last seen: {last!r}")
        time.sleep(look_again)
