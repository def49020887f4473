"""Places in line: when one becomes free, everybody behind it moves up and is told (DESIGN section 4, Waitlist)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from servicekit.db.engine import reading
from servicekit.db.jobs import enqueue
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import waitlist
from ticketing.domain.waitlist import WaitlistEntry
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.usecases.telling import tell_of
from ticketing.usecases.work_items import for_each

POSITIONS_JOB = "waitlist.positions"
"""Tells those who have moved up; the payload is a `FreedPlace`."""


class PositionsNotToldError(Exception):
    """Some who have moved up in line do not know it yet."""


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
    """The job: everybody behind the freed place gets a newer version with the position of now.

    Raises when some could not be told, so that the job is done again.
    """
    freed = FreedPlace.model_validate(payload)
    async with reading(services.engine) as connection:
        behind = await waitlist.behind(connection, freed.seat_id, freed.joined_at, freed.entry_id)
    failed = await for_each(services, Loop.POSITIONS, behind, lambda entry_id: _tell_position(services, entry_id))
    if failed:
        raise PositionsNotToldError(f"{len(failed)} of {len(behind)} entries")


async def _tell_position(services: Services, entry_id: UUID) -> None:
    async with services.engine.begin() as connection:
        moved = await waitlist.move_up(connection, entry_id)
        if moved is not None:
            await tell_of(connection, moved)
