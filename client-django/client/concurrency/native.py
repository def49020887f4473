"""Runs long computations beside the loop of a process that serves its requests by greenlets."""

import os
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from gevent import monkey
from gevent.threadpool import ThreadPool

T = TypeVar("T")


def in_native_thread(compute: Callable[[], T]) -> T:
    """Returns what `compute` returns. In a process of greenlets, the others go on meanwhile; elsewhere it just runs.

    `compute` should release the interpreter's lock, as hashing of passwords does.
    """
    if not monkey.is_module_patched("threading"):
        return compute()
    result: T = _threads().apply(compute)
    return result


@cache
def _threads() -> ThreadPool:
    """Returns as many threads as there are cores: more would only take processor time from the loop."""
    return ThreadPool(os.cpu_count() or 1)
