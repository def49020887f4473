"""Reads bookings, and changes their rows by one allowed action at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Unpack
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import audit
from ticketing.db.audit import AuditEntry
from ticketing.db.booking.booking_rows import SELECT_BOOKING, changing_columns, read_booking
from ticketing.db.tables import bookings
from ticketing.domain.booking import (
    BookingAction,
    BookingFact,
    BookingStatus,
    next_status,
)
from ticketing.domain.booking_record import Booking, BookingChange, next_step
from ticketing.domain.require import require as require_row
from ticketing.domain.seat import SeatAction

NOW = sa.func.now()


async def find(connection: AsyncConnection, booking_id: UUID) -> Booking | None:
    """Returns the booking with this id, as committed; None if there is none."""
    row = (await connection.execute(SELECT_BOOKING.where(bookings.c.id == booking_id))).mappings().one_or_none()
    return read_booking(row) if row else None


async def find_all(connection: AsyncConnection, booking_ids: Sequence[UUID]) -> dict[UUID, Booking]:
    """Returns those of the bookings that exist, as committed, by their ids."""
    rows = (await connection.execute(SELECT_BOOKING.where(bookings.c.id.in_(booking_ids)))).mappings()
    return {row["id"]: read_booking(row) for row in rows}


async def lock(connection: AsyncConnection, booking_id: UUID) -> Booking | None:
    """Locks the booking until the transaction ends, and returns it: the first lock of a change (docs/locking.md)."""
    locking = SELECT_BOOKING.where(bookings.c.id == booking_id).with_for_update(of=bookings, key_share=True)
    row = (await connection.execute(locking)).mappings().one_or_none()
    return read_booking(row) if row else None


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
    query = SELECT_BOOKING.order_by(bookings.c.created_at.desc(), bookings.c.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(bookings.c.customer_id == customer_id)
    if event_id is not None:
        query = query.where(bookings.c.event_id == event_id)
    if status is not None:
        query = query.where(bookings.c.status == status)
    if before is not None:
        query = query.where(sa.tuple_(bookings.c.created_at, bookings.c.id) < before)
    return [read_booking(row) for row in (await connection.execute(query)).mappings()]


async def change(
    connection: AsyncConnection,
    booking: Booking,
    action: BookingAction,
    *,
    actor: str,
    detail: dict[str, object] | None = None,
    seat_action: SeatAction | None = None,
    **changes: Unpack[BookingChange],
) -> Booking | None:
    """Changes the booking by `action`, and audits that; returns None if its status is not the one that was read.

    `seat_action` is what the caller does with all of its seats in the same transaction (`seats.sell`).

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
    entry = AuditEntry("booking", booking.id, booking.id, actor, action, booking.status, to, detail or {}, seat_action)
    await audit.record(connection, [entry])
    return replace(booking, **changing_columns(row))


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
    return replace(booking, **changing_columns(recorded.mappings().one()))


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
    await connection.execute(
        sa.update(bookings)
        .where(bookings.c.id == booking_id, bookings.c.next_step_at == claimed_until)
        .values(next_step_at=_next_try(shortest, longest))
    )


def _next_try(shortest: timedelta, longest: timedelta) -> sa.ColumnElement[datetime]:
    """The time after half of the time since a booking last changed, within these bounds."""
    now = sa.func.clock_timestamp()
    return now + sa.func.least(sa.func.greatest((now - bookings.c.updated_at) / 2, shortest), longest)


async def postpone_checks(
    connection: AsyncConnection, claimed: Sequence[Booking], *, shortest: timedelta, longest: timedelta, grid: timedelta
) -> None:
    """Makes unpaid bookings due again after half of the time since they last changed, within these bounds.

    The time is rounded up to a multiple of `grid`, so that bookings are due together; it is the deadline if that comes
    earlier. Does nothing to a booking whose due time has changed since the claim.
    """
    step = grid.total_seconds()
    rounded = sa.func.to_timestamp(sa.func.ceil(sa.extract("epoch", _next_try(shortest, longest)) / step) * step)
    each_claimed = sa.func.unnest(
        sa.cast([each.id for each in claimed], ARRAY(sa.Uuid)),
        sa.cast([each.next_step_at for each in claimed], ARRAY(sa.DateTime(timezone=True))),
    )
    expected = each_claimed.table_valued(sa.column("id"), sa.column("due")).render_derived(name="claimed")
    await connection.execute(
        sa.update(bookings)
        .where(bookings.c.id == expected.c.id, bookings.c.next_step_at == expected.c.due)
        .values(next_step_at=sa.func.least(rounded, bookings.c.hold_expires_at))
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
