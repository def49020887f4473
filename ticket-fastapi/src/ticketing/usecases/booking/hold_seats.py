"""Taking the seats: transaction 1 of a booking (DESIGN section 4, step 2), and the reason when it could not be."""

from __future__ import annotations

import sqlalchemy as sa
from servicekit.errors import DomainError, KeyReusedError, WrongFieldError
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.booking import bookings
from ticketing.db.booking.take_seats import BookingRequest, take_seats
from ticketing.db.catalogue.sales import sale_of
from ticketing.db.tables import seats
from ticketing.domain.booking_errors import (
    EventCancelledError,
    SaleClosedError,
    SaleNotOpenError,
    SeatUnavailableError,
)
from ticketing.domain.booking_record import Booking
from ticketing.domain.event import EventNotFoundError
from ticketing.domain.sale import Sale
from ticketing.domain.seat import SeatStatus
from ticketing.services import Services

TRIES = 3


async def hold_seats(services: Services, order: BookingRequest, *, actor: str) -> tuple[Booking, bool]:
    """The new booking HOLDING, and True; or the booking that this very order has made before, and False.

    Otherwise raises why not.
    """
    grace = services.settings.holding_grace_seconds
    async with services.engine.connect() as connection:
        for _ in range(TRIES):
            held = await take_seats(connection, order, actor=actor, grace_seconds=grace)
            if held is not None:
                return held, True
            known = await bookings.find(connection, order.booking_id)
            if known is not None:
                return _repeat(known, order), False
            await _refuse(connection, order)
            # Nothing is in the way any more: what was has gone between the two statements.
            await connection.rollback()
    raise SeatUnavailableError("These seats are in great demand; try again.", seat_ids=list(order.seat_ids))


def _repeat(known: Booking, order: BookingRequest) -> Booking:
    if known.request_hash != order.request_hash:
        raise KeyReusedError("This booking id was used before with another body.", booking_id=known.id)
    return known


SALE_REFUSALS: dict[Sale, tuple[type[DomainError], str]] = {
    Sale.SCHEDULED: (SaleNotOpenError, "The sale of the event has not begun."),
    Sale.SALES_CLOSED: (SaleClosedError, "The sale of the event has ended."),
    Sale.STARTED: (SaleClosedError, "The event has begun, and its sale has ended."),
    Sale.CANCELLED: (EventCancelledError, "The event was cancelled."),
}


def refuse_sale(sale: Sale | None) -> None:
    """Raise when seats of an event with this sale cannot be sold."""
    if sale is None:
        raise EventNotFoundError("No event has this id.")
    if sale is not Sale.ON_SALE:
        refusal, words = SALE_REFUSALS[sale]
        raise refusal(words)


async def _refuse(connection: AsyncConnection, order: BookingRequest) -> None:
    refuse_sale(await sale_of(connection, order.event_id))
    found = await connection.execute(
        sa.select(seats.c.id, seats.c.status).where(seats.c.id.in_(order.seat_ids), seats.c.event_id == order.event_id)
    )
    status = {row.id: row.status for row in found}
    for index, seat_id in enumerate(order.seat_ids):
        if seat_id not in status:
            raise WrongFieldError(f"seat_ids.{index}", "seat_unknown", "This event has no seat with this id.")
    taken = [seat_id for seat_id in order.seat_ids if status[seat_id] != SeatStatus.OPEN]
    if taken:
        raise SeatUnavailableError("At least one of the seats is taken; nothing was booked.", seat_ids=taken)
