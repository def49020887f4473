"""Places in line: when one becomes free, everybody behind it moves up and is told (DESIGN section 4, Waitlist)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import waitlist
from ticketing.db.jobs import enqueue
from ticketing.domain.waitlist import WaitlistEntry
from ticketing.services import Services
from ticketing.usecases.telling import tell_of

POSITIONS_JOB = "waitlist.positions"
"""Tells those who have moved up; the payload is a `FreedPlace`."""


class FreedPlace(BaseModel):
    """A place in the line of a seat that nobody has any more."""

    seat_id: UUID
    joined_at: datetime
    entry_id: UUID


async def announce_freed_place(connection: AsyncConnection, entry: WaitlistEntry) -> None:
    """Have those behind `entry` told, after this transaction: a long line must not make it long."""
    await enqueue(
        connection,
        POSITIONS_JOB,
        {"seat_id": entry.seat.id, "joined_at": entry.joined_at, "entry_id": entry.id},
    )


async def tell_positions(services: Services, payload: dict[str, Any]) -> None:
    """The job: everybody behind the freed place gets a newer version with the position of now."""
    freed = FreedPlace.model_validate(payload)
    async with services.engine.begin() as connection:
        for entry in await waitlist.move_up_behind(connection, freed.seat_id, freed.joined_at, freed.entry_id):
            await tell_of(connection, entry)
