"""Gives up a booking id whose request may never have arrived (docs/booking.md, step 1; docs/adr/0029)."""

from __future__ import annotations

from uuid import UUID

from ticketing.db.booking import abandoned, bookings
from ticketing.domain.booking_record import Booking
from ticketing.services import Services


async def abandon_booking(services: Services, booking_id: UUID) -> Booking | None:
    """Returns the booking if it exists, and changes nothing then.

    Otherwise returns None, and no booking can come into being under the id any more: a request that is still on its way
    is refused and takes no seat.
    """
    async with services.engine.begin() as connection:
        await abandoned.lock_id(connection, booking_id)
        booking = await bookings.find(connection, booking_id)
        if booking is None:
            await abandoned.add(connection, booking_id)
    return booking
