"""The bookings whose next step is due; each kind of step is claimed separately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from servicekit.db.due_rows import DueRows
from servicekit.lanes import Work
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import bookings
from ticketing.db.webhooks.deliveries import traces_of
from ticketing.domain.booking_record import NextStep

rows = bookings.c

DUE = DueRows(rows.id, rows.next_step_at)


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

    async def claim(self, connection: AsyncConnection, *, lease: timedelta, limit: int) -> list[Work[ClaimedStep]]:
        """Claims at most `limit` bookings that are due; other workers skip them until the lease expires."""
        claimed = await claim_steps(connection, self._has_this_step, lease=lease, limit=limit)
        traces = await traces_of(connection, [step.booking_id for step in claimed])
        return [Work(step, str(step.booking_id), traces[step.booking_id]) for step in claimed]

    async def count_due(self, connection: AsyncConnection) -> int:
        """Returns how many are due."""
        return await DUE.count_due(connection, self._has_this_step)


async def claim_steps(
    connection: AsyncConnection, *where: sa.ColumnElement[bool], lease: timedelta, limit: int
) -> Sequence[ClaimedStep]:
    """Claims the steps of at most `limit` bookings that are due and match `where`."""
    claimed = await DUE.claim(
        connection, rows.id, rows.next_step, rows.next_step_at, where=where, lease=lease, limit=limit
    )
    return [ClaimedStep(row[0], NextStep(row[1]), row[2]) for row in claimed]
