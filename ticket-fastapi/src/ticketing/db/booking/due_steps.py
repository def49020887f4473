"""The bookings whose next step is due; each kind of step is claimed separately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from servicekit.db.due_rows import WAS_DUE, DueRows, Places
from servicekit.lanes import Work
from servicekit.tracing import Trace, new_trace
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import bookings, events, webhook_deliveries
from ticketing.domain.booking_record import NextStep

rows = bookings.c

DUE = DueRows(rows.id, rows.next_step_at)
_organizer = (
    sa.select(sa.cast(events.c.organizer_id, sa.Text))
    .where(events.c.id == rows.event_id)
    .correlate(bookings)
    .scalar_subquery()
)


_newest_trace = (
    sa.select(array([webhook_deliveries.c.request_id, webhook_deliveries.c.traceparent]))
    .where(webhook_deliveries.c.subject_id == rows.id)
    .order_by(webhook_deliveries.c.subject_version.desc())
    .limit(1)
    .correlate(bookings)
    .scalar_subquery()
)
# A step is due from the change or the release of its booking on; a later time was set by an attempt. Payment alone is
# asked again and again without a failure, while the buyer takes time.
_was_tried = sa.and_(
    sa.func.greatest(rows.updated_at, rows.released_at) < WAS_DUE, rows.next_step != NextStep.SETTLE_PAYMENT.value
)
_CLAIMED = (rows.id, rows.next_step, rows.next_step_at, _newest_trace, _organizer, _was_tried)


@dataclass(frozen=True, slots=True)
class ClaimedStep:
    """A booking whose `step` is due; other workers skip it before `until`."""

    booking_id: UUID
    step: NextStep
    until: datetime
    trace: Trace
    """That of the newest event about the booking."""


class BookingSteps:
    """The bookings whose next step is `step`."""

    def __init__(self, step: NextStep) -> None:
        self._has_this_step = rows.next_step == step.value
        self._where = (self._has_this_step,)

    def seconds_to_next(self) -> sa.ScalarSelect[float]:
        """Returns an expression: in how many seconds the next one is due; NULL if none will be due soon."""
        return DUE.seconds_to_next(self._has_this_step)

    async def claim(self, connection: AsyncConnection, *, lease: timedelta, places: Places) -> list[Work[ClaimedStep]]:
        """Claims bookings that are due, those of every organizer in turn; other workers skip them for `lease`."""
        claimed = await DUE.claim_fairly(
            connection, *_CLAIMED, owner=_organizer, places=places, lease=lease, where=self._where
        )
        return [_work(row) for row in claimed]

    async def count_due(self, connection: AsyncConnection) -> int:
        """Returns how many are due."""
        return await DUE.count_due(connection, self._has_this_step)


async def claim_steps(
    connection: AsyncConnection, *where: sa.ColumnElement[bool], lease: timedelta, limit: int
) -> Sequence[ClaimedStep]:
    """Claims the steps of at most `limit` bookings that are due and match `where`."""
    return [_step(row) for row in await DUE.claim(connection, *_CLAIMED, where=where, lease=lease, limit=limit)]


def _work(row: asyncpg.Record) -> Work[ClaimedStep]:
    step = _step(row)
    return Work(step, str(step.booking_id), step.trace, owner=row[4], alone=row[5])


def _step(row: asyncpg.Record) -> ClaimedStep:
    return ClaimedStep(row[0], NextStep(row[1]), row[2], new_trace(*(row[3] or ())))
