"""The audit: one row per change of state, in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from servicekit.db.retention import delete_batch
from servicekit.tracing import current_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import audit_entries

KEPT = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class AuditedChange:
    """The same change of several subjects; the timeline of `booking_id` shows the entries."""

    subject_type: str
    booking_id: UUID
    actor: str
    action: str
    from_status: str
    to_status: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry as the timeline of a booking shows it; `seat_action` was done with all seats of the booking."""

    at: datetime
    subject_type: str
    actor: str
    action: str
    seat_action: str | None
    from_status: str | None
    to_status: str | None
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who (`actor`) did what (`action`) to which subject; the timeline of `booking_id` shows the entry.

    `seat_action`: what the same step did with all seats of the booking, which then have no entries of their own.
    """

    subject_type: str
    subject_id: UUID
    booking_id: UUID | None
    actor: str
    action: str
    from_status: str | None = None
    to_status: str | None = None
    detail: dict[str, object] = field(default_factory=dict)
    seat_action: str | None = None


async def record(connection: AsyncConnection, entries: Iterable[AuditEntry]) -> None:
    """Adds `entries`, with the id of the current request."""
    trace = current_trace()
    rows = [
        {
            "subject_type": entry.subject_type,
            "subject_id": entry.subject_id,
            "booking_id": entry.booking_id,
            "actor": entry.actor,
            "action": entry.action,
            "seat_action": entry.seat_action,
            "from_status": entry.from_status,
            "to_status": entry.to_status,
            "detail": entry.detail,
            "request_id": trace.request_id,
        }
        for entry in entries
    ]
    if rows:
        await connection.execute(sa.insert(audit_entries), rows)


async def record_each(connection: AsyncConnection, subject_ids: sa.ColumnElement[UUID], change: AuditedChange) -> int:
    """Adds an entry for each of `subject_ids`, a column of a statement that changes them; returns how many.

    Both are one statement, so an entry exists exactly for what was changed.
    """
    values = {
        "subject_type": change.subject_type,
        "booking_id": change.booking_id,
        "actor": change.actor,
        "action": change.action,
        "from_status": change.from_status,
        "to_status": change.to_status,
        "request_id": current_trace().request_id,
    }
    columns = [sa.literal(value, audit_entries.c[name].type) for name, value in values.items()]
    entries = sa.select(subject_ids, *columns).order_by(subject_ids)
    added = await connection.execute(sa.insert(audit_entries).from_select(["subject_id", *values], entries))
    return added.rowcount


async def delete_old_audit_entries(connection: AsyncConnection) -> int:
    """Deletes entries that are older than `KEPT`, at most `BATCH`; returns how many."""
    return await delete_batch(connection, audit_entries, audit_entries.c.at < sa.func.now() - KEPT)


async def entries_of_booking(connection: AsyncConnection, booking_id: UUID) -> list[TimelineEntry]:
    """Returns all entries of a booking's timeline, oldest first."""
    rows = audit_entries.c
    what = (rows.at, rows.subject_type, rows.actor, rows.action, rows.seat_action)
    columns = (*what, rows.from_status, rows.to_status, rows.detail)
    found = await connection.execute(sa.select(*columns).where(rows.booking_id == booking_id).order_by(rows.id))
    return [TimelineEntry(*row) for row in found]
