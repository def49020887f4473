"""What must happen although its job was lost (DESIGN section 4, crash).

The work is done here and now, not by a new job: the lost one may still count as running for a while. Any number of
workers may sweep at once, since each piece of work locks or claims its row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import structlog

from payments.db import attempts, deliveries, invoices
from payments.db.postponed_work import forget_postponed, postpone
from payments.services import Services
from payments.usecases.deliver_webhook import deliver
from payments.usecases.refund_invoice import make_refund
from payments.usecases.settle_payment import settle_payment

OVERDUE = timedelta(seconds=5)
"""A job that exists is taken up far sooner than this."""
BATCH = 200
AT_ONCE = 8

Item = TypeVar("Item")
log = structlog.get_logger()


async def sweep_payments(services: Services) -> None:
    """End attempts whose time is over."""
    async with services.engine.connect() as connection:
        found = await attempts.overdue_attempts(connection, "payment", overdue=OVERDUE, limit=BATCH)
    await _do_each(services, "payment", found, lambda number: settle_payment(services, number))


async def sweep_refunds(services: Services) -> None:
    """Make refunds that were asked for."""
    async with services.engine.connect() as connection:
        found = await invoices.owed_refunds(connection, "refund", overdue=OVERDUE, limit=BATCH)
    await _do_each(services, "refund", found, lambda number: make_refund(services, number))


async def sweep_deliveries(services: Services) -> None:
    """Make attempts to deliver that are due."""
    async with services.engine.connect() as connection:
        found = await deliveries.overdue_deliveries(connection, "delivery", overdue=OVERDUE, limit=BATCH)
    await _do_each(services, "delivery", found, lambda delivery_id: deliver(services, delivery_id))


async def _do_each(services: Services, kind: str, items: Sequence[Item], do: Callable[[Item], Awaitable[None]]) -> None:
    """Do every item alone: one that cannot be done is put off, so that it keeps no other from it."""
    if not items:
        return
    log.warning("sweep.found", kind=kind, number=len(items))
    slots = asyncio.Semaphore(AT_ONCE)
    done: list[str] = []

    async def one(item: Item) -> None:
        async with slots:
            try:
                await do(item)
            except Exception as error:
                log.exception("sweep.one-failed", kind=kind, id=str(item))
                await _put_off(services, kind, str(item), repr(error))
            else:
                done.append(str(item))

    await asyncio.gather(*(one(item) for item in items))
    async with services.engine.begin() as connection:
        await forget_postponed(connection, kind, done)


async def _put_off(services: Services, kind: str, item: str, error: str) -> None:
    try:
        async with services.engine.begin() as connection:
            await postpone(connection, kind, item, error)
    except Exception:
        # Nothing can be stored: the next round finds the item again, and the others of this one go on.
        log.exception("sweep.not-put-off", kind=kind, id=item)
