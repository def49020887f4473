"""The booking of somebody who was first in line: made by ticket, not by a buyer's request."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import audit
from ticketing.db.audit import AuditEntry
from ticketing.db.tables import booking_seats, bookings
from ticketing.domain.booking import BookingStatus, Origin
from ticketing.domain.booking_record import Booking
from ticketing.domain.return_url import naming_booking
from ticketing.domain.waitlist import WaitlistEntry


async def add_promoted_booking(
    connection: AsyncConnection, booking_id: UUID, entry: WaitlistEntry, *, actor: str
) -> None:
    """A booking HOLDING of the entry's seat for the entry's buyer, due at once.

    The seat's old booking must have handed it off.
    """
    await connection.execute(
        sa.insert(bookings).values(
            id=booking_id,
            event_id=entry.event.id,
            customer_id=entry.customer.id,
            customer_name=entry.customer.name,
            customer_email=entry.customer.email,
            origin=Origin.WAITLIST,
            waitlist_entry_id=entry.id,
            status=BookingStatus.HOLDING,
            return_url=naming_booking(entry.return_url, booking_id) if entry.return_url else None,
            amount=entry.seat.price,
            currency=entry.event.currency,
            next_step_at=sa.func.now(),
        )
    )
    await connection.execute(
        sa.insert(booking_seats).values(
            booking_id=booking_id,
            seat_id=entry.seat.id,
            section=entry.seat.section,
            row=entry.seat.row,
            number=entry.seat.number,
            price=entry.seat.price,
        )
    )
    detail: dict[str, object] = {"waitlist_entry_id": entry.id}
    story = AuditEntry("booking", booking_id, booking_id, actor, "PROMOTE", None, BookingStatus.HOLDING, detail)
    await audit.record(connection, [story])


async def count_decline(connection: AsyncConnection, booking: Booking) -> int:
    """One more refusal of this promotion by the organizer; answers how many there are now."""
    counted = await connection.execute(
        sa.update(bookings)
        .where(bookings.c.id == booking.id)
        .values(declines=bookings.c.declines + 1)
        .returning(bookings.c.declines)
    )
    declines: int = counted.scalar_one()
    return declines
