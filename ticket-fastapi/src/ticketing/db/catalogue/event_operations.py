"""Reads and writes operations of staff on whole events, and their progress."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from servicekit.db.due_rows import DueRows
from servicekit.lanes import Work
from servicekit.tracing import current_trace, new_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import bookings, event_operations, events
from ticketing.domain.booking import LIVE
from ticketing.domain.require import require

operations = event_operations

CANCEL_EVENT = "CANCEL_EVENT"

DUE = DueRows(operations.c.id, operations.c.next_step_at)


@dataclass(frozen=True, slots=True)
class LockedEvent:
    """An event that the current transaction has locked."""

    id: UUID
    cancelled_at: datetime | None


class OperationState(StrEnum):
    """The state of an operation."""

    RUNNING = "RUNNING"
    DONE = "DONE"


@dataclass(frozen=True, slots=True)
class EventOperation:
    """One operation; `done` of its `total` bookings have ended."""

    id: UUID
    event_id: UUID
    kind: str
    reason: str
    state: OperationState
    total: int
    done: int
    actor: str
    created_at: datetime
    finished_at: datetime | None


_NAMES = [each.name for each in fields(EventOperation)]
_columns = [operations.c[name] for name in _NAMES]


async def lock_event(connection: AsyncConnection, event_id: UUID) -> LockedEvent | None:
    """Locks and returns the event.

    A transaction that takes or reassigns its seats either finishes first, or sees the change of this one.
    """
    query = sa.select(events.c.id, events.c.cancelled_at).where(events.c.id == event_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return LockedEvent(*row) if row else None


async def mark_cancelled(connection: AsyncConnection, event_id: UUID) -> None:
    """Marks the event as cancelled: none of its seats is sold or offered any more."""
    now = sa.func.now()
    await connection.execute(
        sa.update(events)
        .where(events.c.id == event_id)
        .values(cancelled_at=now, version=events.c.version + 1, updated_at=now)
    )


async def close_sale(connection: AsyncConnection, event_id: UUID) -> None:
    """Ends the sale now, unless it has ended before. A sale that has not begun never begins."""
    now = sa.func.now()
    await connection.execute(
        sa.update(events)
        .where(events.c.id == event_id, events.c.sales_close_at > now)
        .values(
            sales_close_at=now,
            sales_open_at=sa.func.least(events.c.sales_open_at, now - timedelta(seconds=1)),
            version=events.c.version + 1,
            updated_at=now,
        )
    )


async def add(
    connection: AsyncConnection, operation_id: UUID, event_id: UUID, reason: str, *, actor: str
) -> EventOperation:
    """Adds an operation that cancels an event, and is due at once."""
    total, trace = await count_live(connection, event_id), current_trace()
    await connection.execute(
        sa.insert(operations).values(
            id=operation_id,
            event_id=event_id,
            kind=CANCEL_EVENT,
            reason=reason,
            total=total,
            actor=actor,
            request_id=trace.request_id,
            traceparent=trace.traceparent,
        )
    )
    return require(await find(connection, operation_id), "event operation", operation_id)


async def find(connection: AsyncConnection, operation_id: UUID) -> EventOperation | None:
    """Returns the operation with this id; None if there is none."""
    row = (await connection.execute(sa.select(*_columns).where(operations.c.id == operation_id))).one_or_none()
    return _operation(row) if row else None


async def of_event(connection: AsyncConnection, event_id: UUID) -> list[EventOperation]:
    """Returns the event's operations, newest first; there are few."""
    query = sa.select(*_columns).where(operations.c.event_id == event_id).order_by(operations.c.created_at.desc())
    return [_operation(row) for row in await connection.execute(query)]


async def claim_due(connection: AsyncConnection, *, lease: timedelta, limit: int) -> list[Work[EventOperation]]:
    """Claims at most `limit` operations that are due; other workers skip them until the lease expires."""
    columns = (operations.c.request_id, operations.c.traceparent, *_columns)
    claimed = await DUE.claim(connection, *columns, lease=lease, limit=limit)
    return [
        Work(operation, str(operation.id), new_trace(request_id, traceparent))
        for request_id, traceparent, *values in claimed
        for operation in [_operation(values)]
    ]


async def record_progress(connection: AsyncConnection, operation: EventOperation, left: int, pause: timedelta) -> None:
    """Stores that `left` bookings are still live; if none is left, the operation is DONE."""
    now = sa.func.clock_timestamp()
    values: dict[str, object] = {
        "total": sa.func.greatest(operations.c.total, left),
        "done": sa.func.greatest(operations.c.total, left) - left,
        "next_step_at": now + pause,
    }
    if left == 0:
        values |= {"state": OperationState.DONE, "finished_at": now, "next_step_at": None}
    await connection.execute(
        sa.update(operations)
        .where(operations.c.id == operation.id, operations.c.state == OperationState.RUNNING)
        .values(values)
    )


async def count_live(connection: AsyncConnection, event_id: UUID) -> int:
    """Returns how many bookings of the event have not ended."""
    query = sa.select(sa.func.count()).where(bookings.c.event_id == event_id, bookings.c.status.in_(LIVE))
    count: int = (await connection.execute(query)).scalar_one()
    return count


async def live_bookings(connection: AsyncConnection, event_id: UUID, *, limit: int, after: UUID | None) -> list[UUID]:
    """Returns the ids of bookings of the event that have not ended, in order, those after `after`."""
    query = (
        sa.select(bookings.c.id)
        .where(bookings.c.event_id == event_id, bookings.c.status.in_(LIVE))
        .order_by(bookings.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(bookings.c.id > after)
    return list((await connection.execute(query)).scalars())


def _operation(values: Iterable[Any]) -> EventOperation:
    """Returns the operation of the values of `_columns`."""
    named = dict(zip(_NAMES, values, strict=True))
    return EventOperation(**{**named, "state": OperationState(named["state"])})
