"""Telling the client service of changes, in the transaction that makes them (DESIGN section 3: it is told of every
change of state).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import waitlist
from ticketing.db.deliveries import add_delivery
from ticketing.domain.booking_record import Booking
from ticketing.domain.known import known
from ticketing.domain.waitlist import WaitlistEntry
from ticketing.usecases.representations import booking_data, entry_data


async def tell_of_booking(connection: AsyncConnection, booking: Booking) -> None:
    """Send the booking as it is now."""
    await add_delivery(
        connection,
        type="booking.updated",
        subject_id=booking.id,
        subject_version=booking.version,
        data=booking_data(booking),
    )


async def tell_of_entry(connection: AsyncConnection, entry_id: UUID) -> None:
    """Send the waitlist entry as it is now."""
    await tell_of(connection, known(await waitlist.find(connection, entry_id)))


async def tell_of(connection: AsyncConnection, entry: WaitlistEntry) -> None:
    """Send the waitlist entry as it was read."""
    await add_delivery(
        connection, type="waitlist.updated", subject_id=entry.id, subject_version=entry.version, data=entry_data(entry)
    )
