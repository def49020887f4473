"""Closes the queues of events whose sale is over."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from servicekit.db.engine import reading
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.waitlist import entries, entry_lists
from ticketing.domain.waitlist import EntryAction, WaitlistEntry
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.usecases.webhooks.publish import publish_current_entry
from ticketing.usecases.work_items import for_each

BATCH = 100


async def close_queues(services: Services) -> None:
    """Lapses every entry that waits for a seat of an event whose sale is over, and publishes that.

    Takes the entries in the order of their ids; one that fails is left to the next round.
    """
    after: UUID | None = None
    while stranded := await _stranded(services, after):
        await for_each(services, Loop.QUEUES, stranded, lambda entry_id: _close(services, entry_id))
        after = stranded[-1]


async def _stranded(services: Services, after: UUID | None) -> list[UUID]:
    async with reading(services.engine) as connection:
        return await entry_lists.stranded(connection, after=after, limit=BATCH)


async def _close(services: Services, entry_id: UUID) -> None:
    async with services.transaction() as connection:
        entry = await entry_lists.lock_stranded(connection, entry_id)
        if entry is not None:
            await close_entries(connection, [entry], actor="worker")


async def close_entries(connection: AsyncConnection, waiting: Iterable[WaitlistEntry], *, actor: str) -> None:
    """Lapses these entries, which must be locked, and publishes that."""
    for entry in waiting:
        await entries.change(connection, entry, EntryAction.CLOSE, actor=actor)
        await publish_current_entry(connection, entry.id)
