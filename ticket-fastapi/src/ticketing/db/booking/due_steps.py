"""The bookings whose next step is due; each kind of step is claimed separately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from servicekit.db.due_rows import DueRows, Places
from servicekit.lanes import Work
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import bookings, events
from ticketing.db.webhooks.deliveries import traces_of
from ticketing.domain.booking_record import NextStep

rows = bookings.c

DUE = DueRows(rows.id, rows.next_step_at)
_CLAIMED = (rows.id, rows.next_step, rows.next_step_at)
_organizer = (
    sa.select(sa.cast(events.c.organizer_id, sa.Text))
    .where(events.c.id == rows.event_id)
    .correlate(bookings)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class ClaimedStep:
    """A booking whose `step` is due; other workers skip it before `until`."""

    booking_id: UUID
    step: NextStep
    until: datetime


class BookingSteps:
    """The bookings whose next step is `step`."""

    def __init__(self, step: NextStep) -> None:
        self._has_this_step = rows.next_step == step.value

    def seconds_to_next(self) -> sa.ScalarSelect[float]:
        """Returns an expression: in how many seconds the next one is due; NULL if none will be due soon."""
        return DUE.seconds_to_next(self._has_this_step)

    async def claim(self, connection: AsyncConnection, *, lease: timedelta, places: Places) -> list[Work[ClaimedStep]]:
        """Claims bookings that are due, those of every organizer in turn; other workers skip them for `lease`."""
        rows_claimed = await DUE.claim_fairly(
            connection,
            *_CLAIMED,
            _organizer,
            owner=_organizer,
            places=places,
            lease=lease,
            where=[self._has_this_step],
        )
        traces = await traces_of(connection, [row[0] for row in rows_claimed])
        return [Work(_step(row), str(row[0]), traces[row[0]], owner=row[3]) for row in rows_claimed]

    async def count_due(self, connection: AsyncConnection) -> int:
        """Returns how many are due."""
        return await DUE.count_due(connection, self._has_this_step)


async def claim_steps(
    connection: AsyncConnection, *where: sa.ColumnElement[bool], lease: timedelta, limit: int
) -> Sequence[ClaimedStep]:
    """Claims the steps of at most `limit` bookings that are due and match `where`."""
    return [_step(row) for row in await DUE.claim(connection, *_CLAIMED, where=where, lease=lease, limit=limit)]


def _step(row: sa.Row[*tuple[Any, ...]]) -> ClaimedStep:
    return ClaimedStep(row[0], NextStep(row[1]), row[2])
