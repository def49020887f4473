"""Places in line: when one becomes free, everybody behind it moves up and is told (DESIGN section 4, Waitlist).

They are told after the transaction that frees it: a long line must not make it long.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from servicekit.db.engine import reading

from ticketing.db.waitlist import entries, entry_lists, freed_positions
from ticketing.db.waitlist.freed_positions import FreedPosition
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.usecases.webhooks.publish import publish_entry
from ticketing.usecases.work_items import for_each

LEASE = timedelta(seconds=60)
"""Longer than it takes to tell a long line."""
SHORTEST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(hours=6)
"""Who is not told by then sees the position when looking, and is told of the next change."""

log = structlog.get_logger()


class PositionsNotPublishedError(Exception):
    """Some who have moved up in line do not know it yet."""


async def publish_positions(services: Services, freed: FreedPosition) -> None:
    """Everybody behind the freed place gets a newer version with the position of now.

    Raises when some could not be told; it is done again after a pause that grows, and in the end given up.
    """
    async with reading(services.engine) as connection:
        behind = await entry_lists.entries_behind(connection, freed.seat_id, freed.joined_at, freed.entry_id)
    failed = await for_each(services, Loop.POSITIONS, behind, lambda entry_id: _publish_position(services, entry_id))
    async with services.engine.begin() as connection:
        await freed_positions.set_due(connection, freed, _pause(freed) if failed else None)
    if failed:
        raise PositionsNotPublishedError(f"{len(failed)} of {len(behind)} entries")


def _pause(freed: FreedPosition) -> timedelta | None:
    """Half of the time since the place was freed; None after so long that it is given up."""
    age = datetime.now(UTC) - freed.freed_at
    if age > GIVEN_UP_AFTER:
        log.error("positions.given_up", entry_id=str(freed.entry_id), seat_id=str(freed.seat_id))
        return None
    return min(max(age / 2, SHORTEST_PAUSE), LONGEST_PAUSE)


async def _publish_position(services: Services, entry_id: UUID) -> None:
    async with services.transaction() as connection:
        moved = await entries.move_up(connection, entry_id)
        if moved is not None:
            await publish_entry(connection, moved)
