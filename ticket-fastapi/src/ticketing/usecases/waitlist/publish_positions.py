"""Publishes the new positions of everybody behind a position that has become free (docs/booking.md, Waitlist).

This happens after the transaction that frees the position, so that a long queue does not make that transaction long.
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
"""Longer than publishing the positions of a long queue takes."""
SHORTEST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(hours=6)
"""After this time the position is not published again; buyers see it when they look, and get the next change."""

log = structlog.get_logger()


class PositionsNotPublishedError(Exception):
    """Some of the new positions could not be published."""


async def publish_positions(services: Services, freed: FreedPosition) -> None:
    """Publishes a new version, with the current position, of every entry behind the freed position.

    Raises if some could not be published; all are repeated after a growing pause, and given up in the end.
    """
    async with reading(services.engine) as connection:
        behind = await entry_lists.entries_behind(connection, freed.seat_id, freed.joined_at, freed.entry_id)
    failed = await for_each(services, Loop.POSITIONS, behind, lambda entry_id: _publish_position(services, entry_id))
    async with services.engine.begin() as connection:
        await freed_positions.set_due(connection, freed, _pause(freed) if failed else None)
    if failed:
        raise PositionsNotPublishedError(f"{len(failed)} of {len(behind)} entries")


def _pause(freed: FreedPosition) -> timedelta | None:
    """Returns half of the time since the position was freed; None if it is given up."""
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
