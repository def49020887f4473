"""Changes which booking has a seat.

Every change names the booking that it expects to have the seat, so a late change cannot touch the seat of a newer one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import audit
from ticketing.db.audit import AuditedChange
from ticketing.db.tables import booking_seats, seats
from ticketing.domain.seat import SeatAction, SeatStatus, next_status


@dataclass(frozen=True, slots=True)
class LockedSeat:
    """A seat that the current transaction has locked; `booking_id` is the booking that has it."""

    id: UUID
    event_id: UUID
    status: SeatStatus
    booking_id: UUID | None


async def event_of(connection: AsyncConnection, seat_id: UUID) -> UUID | None:
    """Returns the event of the seat, which never changes; None if there is no such seat."""
    event_id: UUID | None = await connection.scalar(sa.select(seats.c.event_id).where(seats.c.id == seat_id))
    return event_id


async def lock(connection: AsyncConnection, seat_ids: Iterable[UUID]) -> list[LockedSeat]:
    """Locks seats in the order of their ids (docs/locking.md) and returns them; skips ids without a seat."""
    query = (
        sa.select(seats.c.id, seats.c.event_id, seats.c.status, seats.c.booking_id)
        .where(seats.c.id.in_(list(seat_ids)))
        .order_by(seats.c.id)
        .with_for_update(key_share=True)
    )
    found = await connection.execute(query)
    return [LockedSeat(row.id, row.event_id, SeatStatus(row.status), row.booking_id) for row in found]


async def change(
    connection: AsyncConnection,
    locked: Iterable[LockedSeat],
    action: SeatAction,
    *,
    booking_id: UUID,
    actor: str,
    to_booking: UUID | None,
) -> int:
    """Changes by `action` those of the locked seats that name `booking_id`; they then name `to_booking`.

    One statement changes them and audits what it has changed. Returns how many seats that are.
    """
    held = [seat for seat in locked if seat.booking_id == booking_id]
    changed = 0
    for from_status in {seat.status for seat in held}:
        to_status = next_status(from_status, action)
        ids = [seat.id for seat in held if seat.status is from_status]
        update = _update(ids, from_status, to_status, booking_id=booking_id, to_booking=to_booking)
        updated = update.returning(seats.c.id).cte("updated")
        changed += await audit.record_each(
            connection,
            updated.c.id,
            AuditedChange("seat", to_booking or booking_id, actor, action, from_status, to_status),
        )
    return changed


async def sell(connection: AsyncConnection, seat_ids: list[UUID], *, booking_id: UUID) -> None:
    """Sells all seats of the booking, which are locked; the audit entry of the booking says so (`seat_action`).

    Raises LookupError, which is a defect, if one of them is not ON_GOING or does not name the booking.
    """
    held = SeatStatus.ON_GOING
    update = _update(seat_ids, held, next_status(held, SeatAction.SELL), booking_id=booking_id, to_booking=booking_id)
    if (await connection.execute(update)).rowcount != len(seat_ids):
        raise LookupError(f"the live booking {booking_id} does not have all of its seats")


def _update(
    seat_ids: list[UUID], from_status: SeatStatus, to_status: SeatStatus, *, booking_id: UUID, to_booking: UUID | None
) -> sa.Update:
    seat = seats.c
    update = sa.update(seats).where(seat.id.in_(seat_ids), seat.booking_id == booking_id, seat.status == from_status)
    return update.values(status=to_status, booking_id=to_booking, updated_at=sa.func.now())


async def statuses_of(connection: AsyncConnection, event_id: UUID, seat_ids: Iterable[UUID]) -> dict[UUID, SeatStatus]:
    """Returns the status of each of these seats; leaves out ids that are no seats of the event."""
    query = sa.select(seats.c.id, seats.c.status).where(seats.c.id.in_(list(seat_ids)), seats.c.event_id == event_id)
    return {row.id: SeatStatus(row.status) for row in await connection.execute(query)}


async def detach(connection: AsyncConnection, booking_id: UUID, seat_id: UUID) -> None:
    """Records that the booking no longer has the seat; the row stays, with the price."""
    await connection.execute(
        sa.update(booking_seats)
        .where(booking_seats.c.booking_id == booking_id, booking_seats.c.seat_id == seat_id)
        .values(live=False)
    )
