"""Takes the seats: transaction 1 of a booking (docs/booking.md, step 2)."""

from __future__ import annotations

from collections.abc import Set
from uuid import UUID

from servicekit.db.engine import borrowed_driver, reading
from servicekit.errors import DomainError, KeyReusedError, WrongFieldError
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.booking import abandoned, bookings, seats
from ticketing.db.booking.take_seats import BookingRequest, take_seats
from ticketing.db.booking.unpaid_seats import unpaid_seats_of_address, unpaid_seats_of_buyer
from ticketing.db.catalogue.organizers import slug_of_event_organizer
from ticketing.db.catalogue.sales import sale_of
from ticketing.domain.booking_errors import (
    BookingAbandonedError,
    EventCancelledError,
    OrganizerUnreachableError,
    SaleClosedError,
    SaleNotOpenError,
    SeatUnavailableError,
    TooManyUnpaidSeatsError,
)
from ticketing.domain.booking_record import Booking
from ticketing.domain.event import EventNotFoundError
from ticketing.domain.sale import Sale
from ticketing.domain.seat import SeatStatus
from ticketing.domain.unpaid_seats import UnpaidSeatLimits
from ticketing.services import Services

TRIES = 3


async def hold_seats(services: Services, request: BookingRequest, *, actor: str) -> tuple[Booking, bool]:
    """Takes the seats; returns the new booking, which is HOLDING, and True.

    If the same request has created a booking before, returns that booking and False. Otherwise raises why the seats
    cannot be taken.
    """
    await _require_that_the_organizer_is_asked(services, request)
    grace, limits = services.settings.holding_grace_seconds, services.settings.unpaid_seat_limits
    for _ in range(TRIES):
        async with services.holds.after_others(request.seat_ids), borrowed_driver(services.engine) as driver:
            held = await take_seats(driver, request, limits, actor=actor, grace_seconds=grace)
        if isinstance(held, Booking):
            return held, True
        if held:
            raise _seats_taken(request, held)
        async with services.engine.connect() as connection:
            existing = await bookings.find(connection, request.booking_id)
            if existing is not None:
                return _require_same_request(existing, request), False
            await _raise_reason(connection, request, limits)
        # The obstacle has disappeared between the statements, so the seats may be free now.
    raise SeatUnavailableError(
        "Other buyers are booking these seats at the moment; try again.", seat_ids=list(request.seat_ids)
    )


async def _require_that_the_organizer_is_asked(services: Services, request: BookingRequest) -> None:
    """Raises OrganizerUnreachableError, before a seat is taken, if the event's organizer is not asked at present.

    Costs nothing while every organizer is asked. A repeat of an earlier request gets its first answer all the same.
    """
    paused = services.organizers.refused()
    if not paused:
        return
    async with reading(services.engine) as connection:
        if await slug_of_event_organizer(connection, request.event_id) not in paused:
            return
        if await bookings.find(connection, request.booking_id) is not None:
            return
    raise OrganizerUnreachableError(
        "The organizer's system gave no usable answer of late, or too many bookings wait for it; nothing was booked.",
        booking_id=request.booking_id,
    )


def _require_same_request(existing: Booking, request: BookingRequest) -> Booking:
    if existing.request_hash != request.request_hash:
        raise KeyReusedError("This booking id was used before with another body.", booking_id=existing.id)
    return existing


SALE_REFUSALS: dict[Sale, tuple[type[DomainError], str]] = {
    Sale.SCHEDULED: (SaleNotOpenError, "The sale of the event has not begun."),
    Sale.SALES_CLOSED: (SaleClosedError, "The sale of the event has ended."),
    Sale.STARTED: (SaleClosedError, "The event has begun, and its sale has ended."),
    Sale.CANCELLED: (EventCancelledError, "The event was cancelled."),
}


def require_on_sale(sale: Sale | None, event_id: UUID) -> None:
    """Raises why no seat of the event can be sold, unless it is ON_SALE; `sale` is None if there is no such event."""
    if sale is None:
        raise EventNotFoundError(f"No event has the id {event_id}.")
    if sale is not Sale.ON_SALE:
        refusal, detail = SALE_REFUSALS[sale]
        raise refusal(detail)


def _seats_taken(request: BookingRequest, taken: Set[UUID]) -> SeatUnavailableError:
    return SeatUnavailableError(
        "At least one of the seats is taken; nothing was booked.",
        seat_ids=[seat_id for seat_id in request.seat_ids if seat_id in taken],
    )


async def _raise_reason(connection: AsyncConnection, request: BookingRequest, limits: UnpaidSeatLimits) -> None:
    """Raises why the seats could not be taken; returns if there is no reason any more."""
    require_on_sale(await sale_of(connection, request.event_id), request.event_id)
    status = await seats.statuses_of(connection, request.event_id, request.seat_ids)
    for index, seat_id in enumerate(request.seat_ids):
        if seat_id not in status:
            raise WrongFieldError(f"seat_ids.{index}", "seat_unknown", "This event has no seat with this id.")
    if taken := {seat_id for seat_id in request.seat_ids if status[seat_id] is not SeatStatus.OPEN}:
        raise _seats_taken(request, taken)
    await _require_few_unpaid_seats(connection, request, limits)
    # Last, since it is the rarest: a loser of a contested seat does not pay for this look.
    if await abandoned.contains(connection, request.booking_id):
        raise BookingAbandonedError("This booking id was given up before.", booking_id=request.booking_id)


async def _require_few_unpaid_seats(
    connection: AsyncConnection, request: BookingRequest, limits: UnpaidSeatLimits
) -> None:
    """Raises TooManyUnpaidSeatsError if that is why no seat was taken."""
    wanted = len(request.seat_ids)
    if limits.per_buyer:
        unpaid = await unpaid_seats_of_buyer(connection, request.customer.id, request.event_id)
        if unpaid + wanted > limits.per_buyer:
            detail = f"The buyer may have {limits.per_buyer} seats to pay for at this event, and has {unpaid}."
            raise TooManyUnpaidSeatsError(detail, limit=limits.per_buyer, unpaid=unpaid, scope="buyer")
    if limits.per_address and request.buyer_address is not None:
        unpaid = await unpaid_seats_of_address(connection, request.buyer_address)
        if unpaid + wanted > limits.per_address:
            detail = f"From this address {limits.per_address} seats may wait for payment, and {unpaid} do."
            raise TooManyUnpaidSeatsError(detail, limit=limits.per_address, unpaid=unpaid, scope="address")
