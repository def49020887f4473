"""Runs all calls of the client service on one event loop, in a thread of its own.

A run of the script waits in its own thread. On the loop, a deadline covers the whole call even if an answer arrives
byte by byte, and a call that is given up frees its connection at once.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, TypeVar

T = TypeVar("T")

_making = threading.Lock()


@lru_cache(maxsize=1)
def _started() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="client-service", daemon=True).start()
    return loop


def loop() -> asyncio.AbstractEventLoop:
    """Returns the process's event loop, and starts it on first use."""
    with _making:
        return _started()


def start(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Starts `work` on the loop without waiting for it."""
    return asyncio.run_coroutine_threadsafe(work, loop())


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` on the loop and returns its result. Must not be called on the loop itself."""
    return start(work).result()
