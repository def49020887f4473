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

    Takes the entries in the order of their queues; one that fails is left to the next round.
    """
    async with reading(services.engine) as connection:
        over = await entry_lists.events_with_stranded(connection)
    for event_id in over:
        await _close_queues_of(services, event_id)


async def _close_queues_of(services: Services, event_id: UUID) -> None:
    after: tuple[UUID, int] | None = None
    while True:
        async with reading(services.engine) as connection:
            waiting = await entry_lists.stranded(connection, event_id, after=after, limit=BATCH)
        if not waiting:
            return
        ids = [entry_id for entry_id, _, _ in waiting]
        await for_each(services, Loop.QUEUES, ids, lambda entry_id: _close(services, entry_id))
        after = waiting[-1][1:]


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
