"""Deletes rows that nobody needs any more, so that no table grows for ever."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.idempotency import ANSWERS
from ticketing.db.webhooks.inbox import delete_old_webhooks
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.usecases.work_items import for_each


class Deletion(Protocol):
    """A function that deletes the old rows of one table."""

    __name__: str

    async def __call__(self, connection: AsyncConnection) -> object:
        """Deletes in the transaction of `connection`."""
        ...


DELETIONS: tuple[Deletion, ...] = (ANSWERS.delete_old, delete_old_webhooks)


async def clean_up(services: Services) -> None:
    """Runs every deletion in a transaction of its own, so that a failure of one does not prevent the others."""

    async def run(delete: Deletion) -> None:
        async with services.engine.begin() as connection:
            await delete(connection)

    await for_each(services, Loop.CLEANUP, DELETIONS, run, name=lambda delete: delete.__name__)
