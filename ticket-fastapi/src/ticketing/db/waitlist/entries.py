"""Reads waitlist entries, and changes their rows by one allowed action at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import audit
from ticketing.db.audit import AuditEntry
from ticketing.db.booking.booking_rows import event_facts
from ticketing.db.statements import read_statement
from ticketing.db.tables import events, seats, waitlist_entries
from ticketing.domain.records import Customer, SeatInfo
from ticketing.domain.require import require as require_row
from ticketing.domain.waitlist import EntryAction, EntryStatus, WaitlistEntry, next_status

entries = waitlist_entries


@dataclass(frozen=True, slots=True)
class QueueRequest:
    """A buyer's request to join a queue; the payment page of an offer sends the buyer back to `return_url`."""

    seat_id: UUID
    customer: Customer
    return_url: str | None


_position = sa.case(
    (entries.c.status == EntryStatus.WAITING, sa.literal_column(read_statement("queue_position"), sa.BigInteger))
).label("position")

SELECT_ENTRY = (
    sa.select(
        entries,
        _position,
        events.c.name.label("event_name"),
        events.c.venue.label("event_venue"),
        events.c.time_zone.label("event_time_zone"),
        events.c.starts_at.label("event_starts_at"),
        events.c.currency.label("event_currency"),
        seats.c.section,
        seats.c.row,
        seats.c.number,
        seats.c.price,
    )
    .join(seats, seats.c.id == entries.c.seat_id)
    .join(events, events.c.id == entries.c.event_id)
)


async def find(connection: AsyncConnection, entry_id: UUID) -> WaitlistEntry | None:
    """Returns the entry with this id and its current position; None if there is none."""
    row = (await connection.execute(SELECT_ENTRY.where(entries.c.id == entry_id))).mappings().one_or_none()
    return read_entry(row) if row else None


async def require(connection: AsyncConnection, entry_id: UUID) -> WaitlistEntry:
    """Returns the entry with this id, like `find`; raises LookupError if it does not exist, which is a defect."""
    return require_row(await find(connection, entry_id), "waitlist entry", entry_id)


async def find_live(connection: AsyncConnection, seat_id: UUID, customer_id: UUID) -> UUID | None:
    """Returns the id of the buyer's live entry in the queue of a seat; None if there is none."""
    query = sa.select(entries.c.id).where(
        entries.c.seat_id == seat_id,
        entries.c.customer_id == customer_id,
        entries.c.status.in_([EntryStatus.WAITING, EntryStatus.OFFERED]),
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def add(
    connection: AsyncConnection, entry_id: UUID, event_id: UUID, request: QueueRequest, *, actor: str
) -> None:
    """Adds an entry at the end of the queue. The seat must be locked, so that nobody else gets its number."""
    detail: dict[str, object] = {"seat_id": request.seat_id}
    await connection.execute(
        sa.insert(entries).values(
            id=entry_id,
            seat_id=request.seat_id,
            event_id=event_id,
            customer_id=request.customer.id,
            customer_name=request.customer.name,
            customer_email=request.customer.email,
            return_url=request.return_url,
        )
    )
    await audit.record(
        connection,
        [AuditEntry("waitlist_entry", entry_id, None, actor, "JOIN", None, EntryStatus.WAITING, detail)],
    )


async def lock_first(connection: AsyncConnection, seat_id: UUID) -> WaitlistEntry | None:
    """Locks and returns the first in the queue of a seat; None if nobody waits.

    The seat must be locked already (docs/locking.md).
    """
    return next(iter(await lock_queue(connection, seat_id, limit=1)), None)


async def lock_queue(connection: AsyncConnection, seat_id: UUID, *, limit: int | None = None) -> list[WaitlistEntry]:
    """Locks and returns the WAITING entries of a seat in the order of the queue, at most the first `limit`.

    The seat must be locked already (docs/locking.md).
    """
    query = (
        SELECT_ENTRY.where(entries.c.seat_id == seat_id, entries.c.status == EntryStatus.WAITING)
        .order_by(entries.c.queue_number)
        .limit(limit)
        .with_for_update(of=entries, key_share=True)
    )
    return [read_entry(row) for row in (await connection.execute(query)).mappings()]


async def change(
    connection: AsyncConnection,
    entry: WaitlistEntry,
    action: EntryAction,
    *,
    actor: str,
    booking_id: UUID | None = None,
) -> bool:
    """Changes the entry by `action`, and audits that; returns False if its status is not the one that was read.

    Nothing is published for those behind it: positions are computed when they are read.
    """
    to = next_status(entry.status, action)
    values: dict[str, object] = {"status": to, "version": entries.c.version + 1, "updated_at": sa.func.now()}
    if booking_id is not None:
        values["booking_id"] = booking_id
    changed = await connection.execute(
        sa.update(entries).where(entries.c.id == entry.id, entries.c.status == entry.status).values(values)
    )
    if changed.rowcount == 0:
        return False
    story = booking_id or entry.booking_id
    await audit.record(
        connection,
        [AuditEntry("waitlist_entry", entry.id, story, actor, action, entry.status, to, {"seat_id": entry.seat.id})],
    )
    return True


async def set_offer_deadline(connection: AsyncConnection, entry_id: UUID, at: datetime) -> None:
    """Stores until when the offered booking can be paid."""
    await connection.execute(
        sa.update(entries)
        .where(entries.c.id == entry_id, entries.c.status == EntryStatus.OFFERED)
        .values(offer_expires_at=at, version=entries.c.version + 1, updated_at=sa.func.now())
    )


def read_entry(row: sa.RowMapping) -> WaitlistEntry:
    return WaitlistEntry(
        id=row["id"],
        version=row["version"],
        status=EntryStatus(row["status"]),
        queue_number=row["queue_number"],
        position=row["position"],
        seat=SeatInfo(row["seat_id"], row["section"], row["row"], row["number"], row["price"]),
        event=event_facts(row),
        customer=Customer(row["customer_id"], row["customer_name"], row["customer_email"]),
        return_url=row["return_url"],
        booking_id=row["booking_id"],
        offer_expires_at=row["offer_expires_at"],
        joined_at=row["joined_at"],
        updated_at=row["updated_at"],
    )
