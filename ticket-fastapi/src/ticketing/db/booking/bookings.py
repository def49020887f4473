"""Reads bookings, and changes their rows by one allowed action at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypedDict, TypeVar, Unpack
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import audit
from ticketing.db.audit import AuditEntry
from ticketing.db.tables import booking_seats, bookings, events, organizers
from ticketing.domain.booking import (
    BookingAction,
    BookingFact,
    BookingStatus,
    CancelReason,
    DocumentKind,
    FailureReason,
    Origin,
    RefundStatus,
    next_status,
)
from ticketing.domain.booking_record import Booking, BookingChange, next_step
from ticketing.domain.records import Customer, EventFacts, SeatInfo
from ticketing.domain.require import require as require_row

Value = TypeVar("Value", bound=StrEnum)

NOW = sa.func.now()

_seats_as_json = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_array(
                    booking_seats.c.seat_id,
                    booking_seats.c.section,
                    booking_seats.c.row,
                    booking_seats.c.number,
                    booking_seats.c.price,
                ),
                booking_seats.c.section,
                booking_seats.c.row,
                booking_seats.c.number,
            ),
            type_=sa.JSON,
        )
    )
    .where(booking_seats.c.booking_id == bookings.c.id)
    .scalar_subquery()
    .label("seats")
)

_whole = (
    sa.select(
        bookings,
        events.c.name.label("event_name"),
        events.c.venue.label("event_venue"),
        events.c.time_zone.label("event_time_zone"),
        events.c.starts_at.label("event_starts_at"),
        events.c.currency.label("event_currency"),
        organizers.c.base_url,
        _seats_as_json,
    )
    .join(events, events.c.id == bookings.c.event_id)
    .join(organizers, organizers.c.id == events.c.organizer_id)
)


async def find(connection: AsyncConnection, booking_id: UUID) -> Booking | None:
    """Returns the booking with this id, as committed; None if there is none."""
    row = (await connection.execute(_whole.where(bookings.c.id == booking_id))).mappings().one_or_none()
    return _booking(row) if row else None


async def lock(connection: AsyncConnection, booking_id: UUID) -> Booking | None:
    """Locks the booking until the transaction ends, and returns it: the first lock of a change (docs/locking.md)."""
    locking = _whole.where(bookings.c.id == booking_id).with_for_update(of=bookings, key_share=True)
    row = (await connection.execute(locking)).mappings().one_or_none()
    return _booking(row) if row else None


async def require(connection: AsyncConnection, booking_id: UUID) -> Booking:
    """Returns the booking with this id; raises LookupError if it does not exist, which is a defect."""
    return require_row(await find(connection, booking_id), "booking", booking_id)


async def require_locked(connection: AsyncConnection, booking_id: UUID) -> Booking:
    """Locks and returns the booking, like `lock`; raises LookupError if it does not exist, which is a defect."""
    return require_row(await lock(connection, booking_id), "booking", booking_id)


async def page(
    connection: AsyncConnection,
    *,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
    customer_id: UUID | None = None,
    event_id: UUID | None = None,
    status: BookingStatus | None = None,
) -> list[Booking]:
    """Returns bookings, newest first, that are older than `before` (created_at, id)."""
    query = _whole.order_by(bookings.c.created_at.desc(), bookings.c.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(bookings.c.customer_id == customer_id)
    if event_id is not None:
        query = query.where(bookings.c.event_id == event_id)
    if status is not None:
        query = query.where(bookings.c.status == status)
    if before is not None:
        query = query.where(sa.tuple_(bookings.c.created_at, bookings.c.id) < before)
    return [_booking(row) for row in (await connection.execute(query)).mappings()]


async def change(
    connection: AsyncConnection,
    booking: Booking,
    action: BookingAction,
    *,
    actor: str,
    detail: dict[str, object] | None = None,
    **changes: Unpack[BookingChange],
) -> Booking | None:
    """Changes the booking by `action`, and audits that; returns None if its status is not the one that was read.

    The next step is due at once, unless `changes` contains `next_step_at`.
    """
    to = next_status(booking.status, action)
    values = {"status": to, "version": bookings.c.version + 1, "updated_at": NOW, "next_step_at": NOW, **changes}
    changed = await connection.execute(
        sa.update(bookings)
        .where(bookings.c.id == booking.id, bookings.c.status == booking.status)
        .values(values)
        .returning(bookings)
    )
    row = changed.mappings().one_or_none()
    if row is None:
        return None
    entry = AuditEntry("booking", booking.id, booking.id, actor, action, booking.status, to, detail or {})
    await audit.record(connection, [entry])
    return replace(booking, **_changing_columns(row))


async def record_fact(
    connection: AsyncConnection, booking: Booking, fact: BookingFact, *, actor: str, **changes: Unpack[BookingChange]
) -> Booking:
    """Records a fact that is published but leaves the status as it is, and audits it. The booking must be locked.

    If there is a next step, it is due at once, unless `changes` contains `next_step_at`.
    """
    due = None if next_step(replace(booking, **changes)) is None else NOW
    values = {"version": bookings.c.version + 1, "updated_at": NOW, "next_step_at": due, **changes}
    recorded = await connection.execute(
        sa.update(bookings).where(bookings.c.id == booking.id).values(values).returning(bookings)
    )
    detail: dict[str, object] = {name: value for name, value in changes.items() if isinstance(value, str)}
    entry = AuditEntry("booking", booking.id, booking.id, actor, fact, booking.status, booking.status, detail)
    await audit.record(connection, [entry])
    return replace(booking, **_changing_columns(recorded.mappings().one()))


async def mark_released(connection: AsyncConnection, booking_id: UUID) -> None:
    """Records that the release is complete: the seats were reassigned or opened."""
    await connection.execute(
        sa.update(bookings).where(bookings.c.id == booking_id).values(released_at=NOW, next_step_at=NOW)
    )


async def set_invoice_version(connection: AsyncConnection, booking_id: UUID, version: int) -> None:
    """Stores the newest applied version of the invoice; older versions are ignored from now on."""
    await connection.execute(sa.update(bookings).where(bookings.c.id == booking_id).values(invoice_version=version))


async def postpone(
    connection: AsyncConnection, booking_id: UUID, claimed_until: datetime, *, shortest: timedelta, longest: timedelta
) -> None:
    """Makes a failed step due again, after half of the time since the booking last changed, within these bounds.

    Does nothing if the due time has changed since the claim.
    """
    now = sa.func.clock_timestamp()
    pause = sa.func.least(sa.func.greatest((now - bookings.c.updated_at) / 2, shortest), longest)
    await connection.execute(
        sa.update(bookings)
        .where(bookings.c.id == booking_id, bookings.c.next_step_at == claimed_until)
        .values(next_step_at=now + pause)
    )


async def set_next_step(connection: AsyncConnection, claimed: Booking, at: datetime | timedelta | None) -> None:
    """Sets when the next step is due (None: the booking is complete).

    Does nothing if the due time has changed since the claim.
    """
    when = sa.func.clock_timestamp() + at if isinstance(at, timedelta) else at
    await connection.execute(
        sa.update(bookings)
        .where(bookings.c.id == claimed.id, bookings.c.next_step_at == claimed.next_step_at)
        .values(next_step_at=when)
    )


def _booking(row: sa.RowMapping) -> Booking:
    return Booking(
        id=row["id"],
        origin=Origin(row["origin"]),
        customer=Customer(row["customer_id"], row["customer_name"], row["customer_email"]),
        event=event_facts(row),
        organizer_url=row["base_url"],
        seats=tuple(SeatInfo(UUID(seat), *rest) for seat, *rest in row["seats"]),
        amount=row["amount"],
        currency=row["currency"],
        return_url=row["return_url"],
        request_hash=row["request_hash"],
        waitlist_entry_id=row["waitlist_entry_id"],
        created_at=row["created_at"],
        **_changing_columns(row),
    )


class _ChangingColumns(TypedDict):
    version: int
    status: BookingStatus
    failure_reason: FailureReason | None
    cancel_reason: CancelReason | None
    refund_status: RefundStatus | None
    invoice_number: str | None
    invoice_version: int
    payment_url: str | None
    hold_expires_at: datetime | None
    declines: int
    document_kind: DocumentKind | None
    document_key: str | None
    document_sha256: str | None
    next_step_at: datetime | None
    released_at: datetime | None
    updated_at: datetime


def _changing_columns(row: sa.RowMapping) -> _ChangingColumns:
    """Returns the columns that can change during the life of a booking."""
    return {
        "version": row["version"],
        "status": BookingStatus(row["status"]),
        "failure_reason": _optional(FailureReason, row["failure_reason"]),
        "cancel_reason": _optional(CancelReason, row["cancel_reason"]),
        "refund_status": _optional(RefundStatus, row["refund_status"]),
        "invoice_number": row["invoice_number"],
        "invoice_version": row["invoice_version"],
        "payment_url": row["payment_url"],
        "hold_expires_at": row["hold_expires_at"],
        "declines": row["declines"],
        "document_kind": _optional(DocumentKind, row["document_kind"]),
        "document_key": row["document_key"],
        "document_sha256": row["document_sha256"],
        "next_step_at": row["next_step_at"],
        "released_at": row["released_at"],
        "updated_at": row["updated_at"],
    }


def event_facts(row: sa.RowMapping) -> EventFacts:
    """Returns the event of a joined row."""
    return EventFacts(
        row["event_id"],
        row["event_name"],
        row["event_venue"],
        row["event_time_zone"],
        row["event_starts_at"],
        row["event_currency"],
    )


def _optional(kind: type[Value], stored: str | None) -> Value | None:
    return None if stored is None else kind(stored)
