"""Answers that are computed once for all who ask within a second."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

FRESH_SECONDS = 1.0

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SharedAnswers(Generic[K, V]):
    """Keeps the answers that were asked for last. A failure reaches those who waited for it, and nobody else."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[K, tuple[asyncio.Task[V], float]] = OrderedDict()

    async def get(self, key: K, compute: Callable[[], Awaitable[V]]) -> V:
        """Returns what `compute` has returned for this key within the last second, or calls it now."""
        task, fresh_until = self._kept.get(key, (None, 0.0))
        if task is None or self._clock() >= fresh_until:
            task = asyncio.ensure_future(_awaited(compute))
            self._kept[key] = task, self._clock() + FRESH_SECONDS
            task.add_done_callback(partial(self._drop_failed, key))
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        # Shielded: a caller who leaves does not take the answer away from the others.
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Ends the computations that are under way."""
        under_way = [task for task, _ in self._kept.values()]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _drop_failed(self, key: K, task: asyncio.Task[V]) -> None:
        # Asks for the exception, since nobody else does if all callers have left.
        if (task.cancelled() or task.exception() is not None) and self._kept.get(key, (None,))[0] is task:
            del self._kept[key]


async def _awaited(compute: Callable[[], Awaitable[V]]) -> V:
    return await compute()
