"""The bookings that this service creates for the first in a queue."""

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
    """Creates a booking, which is HOLDING and due at once, of the entry's seat for the entry's buyer.

    The seat must be detached from its old booking.
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
    audited = AuditEntry("booking", booking_id, booking_id, actor, "PROMOTE", None, BookingStatus.HOLDING, detail)
    await audit.record(connection, [audited])


async def count_decline(connection: AsyncConnection, booking: Booking) -> int:
    """Counts one more decline of this promotion by the organizer; returns the number of declines."""
    counted = await connection.execute(
        sa.update(bookings)
        .where(bookings.c.id == booking.id)
        .values(declines=bookings.c.declines + 1)
        .returning(bookings.c.declines)
    )
    declines: int = counted.scalar_one()
    return declines
