"""Deletes rows that nobody needs any more, so that no table grows for ever."""

from __future__ import annotations

from typing import Protocol

from servicekit.db.retention import delete_in_batches
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.audit import delete_old_audit_entries
from ticketing.db.booking.abandoned import delete_old_tombstones
from ticketing.db.idempotency import ANSWERS
from ticketing.db.webhooks.deliveries import OUTBOX
from ticketing.db.webhooks.inbox import delete_old_webhooks
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.usecases.work_items import for_each


class Deletion(Protocol):
    """A function that deletes the old rows of one table."""

    __name__: str

    async def __call__(self, connection: AsyncConnection) -> int:
        """Deletes a batch in the transaction of `connection`; returns how many rows."""
        ...


DELETIONS: tuple[Deletion, ...] = (
    ANSWERS.delete_old,
    delete_old_webhooks,
    OUTBOX.delete_old_deliveries,
    delete_old_audit_entries,
    delete_old_tombstones,
)


async def clean_up(services: Services) -> None:
    """Runs every deletion, batch by batch, so that nothing waits for one; a failure does not prevent the others."""

    async def run(delete: Deletion) -> None:
        await delete_in_batches(services.engine, delete)

    await for_each(services, Loop.CLEANUP, DELETIONS, run, name=lambda delete: delete.__name__)
