"""Queues of events whose sale is over."""

from __future__ import annotations

from ticketing.db import waitlist
from ticketing.domain.waitlist import EntryAction
from ticketing.services import Services
from ticketing.usecases.telling import tell_of_entry

BATCH = 100


async def close_queues(services: Services) -> None:
    """Nobody waits for a seat that can no longer be had: such entries lapse, and their buyers are told."""
    more = True
    while more:
        async with services.engine.begin() as connection:
            stranded = await waitlist.lock_stranded(connection, BATCH)
            for entry in stranded:
                await waitlist.change(connection, entry, EntryAction.CLOSE, actor="sweeper")
                await tell_of_entry(connection, entry.id)
        more = len(stranded) == BATCH
