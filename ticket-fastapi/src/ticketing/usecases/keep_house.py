"""Removing what nobody needs any more, so that no table grows forever without use."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.housekeeping import forget_old_webhooks
from ticketing.db.idempotency import ANSWERS
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.usecases.work_items import for_each


class Forget(Protocol):
    """Removes what is too old."""

    __name__: str

    async def __call__(self, connection: AsyncConnection) -> object:
        """In the transaction of `connection`."""
        ...


FORGET: tuple[Forget, ...] = (ANSWERS.forget_old, forget_old_webhooks)


async def keep_house(services: Services) -> None:
    """Forget old answers, and ids of webhooks that cannot come again."""

    async def run(forget: Forget) -> None:
        async with services.engine.begin() as connection:
            await forget(connection)

    await for_each(services, Loop.CLEANUP, FORGET, run, name=lambda forget: forget.__name__)
