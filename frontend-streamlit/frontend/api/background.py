"""One event loop in a thread of its own, for everything that waits for the client service.

A script run waits in its thread for what happens here. A deadline here is one for the whole call, however slowly an
answer drips, and a call that is given up frees its connection at once.
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
    """The process's loop, started on first use."""
    with _making:
        return _started()


def begin(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start `work` on the loop and go on."""
    return asyncio.run_coroutine_threadsafe(work, loop())


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Do `work` on the loop and wait for what comes of it; not to be called on the loop itself."""
    return begin(work).result()
