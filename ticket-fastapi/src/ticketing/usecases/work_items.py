"""Works through many items so that a failing item does not affect the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import structlog

from ticketing.db.worker.failures import count_failure
from ticketing.domain.work import Loop
from ticketing.services import Services

Item = TypeVar("Item")

log = structlog.get_logger()


async def for_each(
    services: Services,
    loop: Loop,
    items: Iterable[Item],
    act: Callable[[Item], Awaitable[object]],
    *,
    at_once: int = 1,
    name: Callable[[Item], str] = str,
) -> list[Item]:
    """Calls `act` for every item, `at_once` at a time; returns the items that failed, which were logged and counted.

    `act` opens its own transactions. The caller has to repeat the failed items later.
    """
    failed: list[Item] = []
    slots = asyncio.Semaphore(at_once)

    async def alone(item: Item) -> None:
        async with slots:
            try:
                await act(item)
            except (Exception, asyncio.CancelledError) as error:
                if _is_told_to_stop(error):
                    raise
                failed.append(item)
                log.exception("work.failed", loop=loop, item=name(item))
                await count_failed(services, loop, name(item), error)

    if at_once == 1:
        for item in items:
            await alone(item)
    else:
        await asyncio.gather(*(alone(item) for item in items))
    return failed


def _is_told_to_stop(error: BaseException) -> bool:
    # The cancellation of something that the item waited for is a failure of the item.
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


async def count_failed(services: Services, loop: Loop, item: str, error: BaseException) -> None:
    """Counts an item that failed. Never raises; a failure that cannot be counted is logged."""
    try:
        async with services.engine.begin() as connection:
            await count_failure(connection, loop, item, repr(error))
    except Exception:
        log.exception("work.failure-not-counted", loop=loop, item=item)
