"""Ends a booking, whatever the cause (docs/booking.md, Release).

The end is committed together with the next step. The seats stay ON_GOING and name the booking until `release_seats`
has the confirmation of the organizer and of payment.
"""

from __future__ import annotations

from typing import Unpack

from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.booking import bookings, seats
from ticketing.db.waitlist import entries
from ticketing.domain.booking import BookingAction, BookingStatus
from ticketing.domain.booking_record import Booking, BookingChange
from ticketing.domain.seat import SeatAction
from ticketing.domain.waitlist import EntryAction, EntryStatus
from ticketing.usecases.webhooks.publish import publish_booking, publish_current_entry


async def end_booking(
    connection: AsyncConnection,
    booking: Booking,
    action: BookingAction,
    *,
    actor: str,
    detail: dict[str, object] | None = None,
    **changes: Unpack[BookingChange],
) -> Booking | None:
    """Ends the booking by `action`, publishes that, lapses its offer, and makes its release due.

    Returns None if the booking has changed since it was read.
    """
    ended = await bookings.change(connection, booking, action, actor=actor, detail=detail, **changes)
    if ended is None:
        return None
    if booking.status is BookingStatus.BOOKED:
        locked = await seats.lock(connection, [seat.id for seat in booking.seats])
        await seats.change(
            connection, locked, SeatAction.TAKE_BACK, booking_id=booking.id, actor=actor, to_booking=booking.id
        )
    await _lapse_offer(connection, ended, actor)
    await publish_booking(connection, ended)
    return ended


async def _lapse_offer(connection: AsyncConnection, booking: Booking, actor: str) -> None:
    if booking.waitlist_entry_id is None:
        return
    entry = await entries.find(connection, booking.waitlist_entry_id)
    # The entry of a paid booking is FULFILLED, which is final.
    if entry is not None and entry.status is EntryStatus.OFFERED and entry.booking_id == booking.id:
        await entries.change(connection, entry, EntryAction.LAPSE, actor=actor)
        await publish_current_entry(connection, entry.id)
