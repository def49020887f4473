"""Queues of events whose sale is over."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import waitlist
from ticketing.domain.waitlist import EntryAction, WaitlistEntry
from ticketing.services import Services
from ticketing.usecases.telling import tell_of_entry

BATCH = 100


async def close_queues(services: Services) -> None:
    """Nobody waits for a seat that can no longer be had: such entries lapse, and their buyers are told."""
    more = True
    while more:
        async with services.engine.begin() as connection:
            stranded = await waitlist.lock_stranded(connection, BATCH)
            await close_line(connection, stranded, actor="sweeper")
        more = len(stranded) == BATCH


async def close_line(connection: AsyncConnection, waiting: Iterable[WaitlistEntry], *, actor: str) -> None:
    """These entries, which are locked, lapse; their buyers are told."""
    for entry in waiting:
        await waitlist.change(connection, entry, EntryAction.CLOSE, actor=actor)
        await tell_of_entry(connection, entry.id)
