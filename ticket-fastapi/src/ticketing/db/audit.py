"""The audit: one row per change of state, in the transaction that changes it (DESIGN section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from servicekit.tracing import current_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import audit_entries


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who (`actor`) did what (`action`) to which subject; the timeline of `booking_id` shows the entry."""

    subject_type: str
    subject_id: UUID
    booking_id: UUID | None
    actor: str
    action: str
    from_status: str | None = None
    to_status: str | None = None
    detail: dict[str, object] = field(default_factory=dict)


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
            "from_status": entry.from_status,
            "to_status": entry.to_status,
            "detail": entry.detail,
            "request_id": trace.request_id,
        }
        for entry in entries
    ]
    if rows:
        await connection.execute(sa.insert(audit_entries), rows)


async def entries_of_booking(connection: AsyncConnection, booking_id: UUID) -> list[sa.RowMapping]:
    """Returns all entries of a booking's timeline, oldest first."""
    found = await connection.execute(
        sa.select(audit_entries).where(audit_entries.c.booking_id == booking_id).order_by(audit_entries.c.id)
    )
    return list(found.mappings())
