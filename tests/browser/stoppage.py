"""A service that stands still: its processes stay, hold their connections, and answer nobody."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.stack import RunningStack


def stop(stack: RunningStack, name: str) -> None:
    """Stops the process and its children."""
    os.killpg(os.getpgid(stack.processes.pid(name)), signal.SIGSTOP)


def go_on(stack: RunningStack, name: str) -> None:
    """Lets the process and its children go on where they were."""
    os.killpg(os.getpgid(stack.processes.pid(name)), signal.SIGCONT)


@contextmanager
def standing_still(stack: RunningStack, name: str) -> Iterator[None]:
    """Without an answer of this process for a while."""
    stop(stack, name)
    try:
        yield
    finally:
        go_on(stack, name)
