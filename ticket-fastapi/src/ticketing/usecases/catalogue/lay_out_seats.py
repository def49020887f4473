"""Creates, changes and deletes the seats of an event."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from servicekit.versions import ExpectedVersion, require_version
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.catalogue import seat_plan
from ticketing.db.catalogue.events import lock_event
from ticketing.domain.event import EventNotFoundError
from ticketing.domain.seat import SeatStatus
from ticketing.domain.seat_plan import (
    NewSeat,
    Seat,
    SeatChange,
    SeatExistsError,
    SeatInUseError,
    SeatNotFoundError,
    place_key,
    seat_label,
)

SHOWN = 20
"""How many of the existing seats the refusal names."""


async def add_seats(connection: AsyncConnection, event_id: UUID, new: Sequence[NewSeat]) -> list[Seat]:
    """Creates all seats, which are OPEN; raises SeatExistsError, and creates none, if one of them exists."""
    if await lock_event(connection, event_id, against_bookings=False) is None:
        raise EventNotFoundError(f"There is no event {event_id}.")
    made = await seat_plan.insert_seats(connection, event_id, new)
    if len(made) < len(new):
        free = {_place_of(seat) for seat in made}
        taken = [seat_label(seat.section, seat.row, seat.number) for seat in new if seat.place not in free]
        raise SeatExistsError(
            f"{len(taken)} of these seats exist already, or look like one that does.", places=taken[:SHOWN]
        )
    order = {seat.place: index for index, seat in enumerate(new)}
    return sorted(made, key=lambda seat: order[_place_of(seat)])


async def find_seat(connection: AsyncConnection, event_id: UUID, seat_id: UUID) -> Seat:
    """Returns the seat of this event; raises SeatNotFoundError if there is none."""
    seat = await seat_plan.find_seat(connection, event_id, seat_id)
    if seat is None:
        raise _unknown(seat_id)
    return seat


async def change_seat(
    connection: AsyncConnection, event_id: UUID, seat_id: UUID, change: SeatChange, expected: ExpectedVersion | None
) -> Seat:
    """Changes and returns the seat, if it has the expected version; a new price applies to the next booking.

    Raises SeatInUseError if section, row or number would change while a booking has the seat.
    """
    if (change.section, change.row, change.number) != (None, None, None):
        # The lock on the event prevents another seat at the same place. It comes before the lock on the seat
        # (docs/locking.md).
        await lock_event(connection, event_id, against_bookings=False)
    seat = await _lock_version(connection, event_id, seat_id, expected)
    changed = NewSeat(
        change.section or seat.section,
        change.row or seat.row,
        change.number or seat.number,
        seat.price if change.price is None else change.price,
    )
    if changed == NewSeat(seat.section, seat.row, seat.number, seat.price):
        return seat
    is_moved = (changed.section, changed.row, changed.number) != (seat.section, seat.row, seat.number)
    if is_moved:
        if seat.status is not SeatStatus.OPEN:
            raise SeatInUseError("A booking has this seat; only its price can change.", status_of_seat=seat.status)
        if await seat_plan.place_is_taken(connection, event_id, changed, by_other_than=seat_id):
            raise SeatExistsError("Another seat has this section, row and number, or ones that look like them.")
    return await seat_plan.update_seat(connection, seat_id, changed, is_moved=is_moved)


async def remove_seat(
    connection: AsyncConnection, event_id: UUID, seat_id: UUID, expected: ExpectedVersion | None
) -> None:
    """Deletes the seat, if it has the expected version.

    Raises SeatInUseError unless it is OPEN and no booking or entry has ever named it.
    """
    await _lock_version(connection, event_id, seat_id, expected)
    if not await seat_plan.delete_unused_seat(connection, seat_id):
        raise SeatInUseError("A booking or a waitlist entry names this seat, now or in the past.")


async def _lock_version(
    connection: AsyncConnection, event_id: UUID, seat_id: UUID, expected: ExpectedVersion | None
) -> Seat:
    seat = await seat_plan.find_seat(connection, event_id, seat_id, lock=True)
    if seat is None:
        raise _unknown(seat_id)
    require_version(expected, seat.version)
    return seat


def _place_of(seat: Seat) -> tuple[str, int]:
    return place_key(seat.section, seat.row), seat.number


def _unknown(seat_id: UUID) -> SeatNotFoundError:
    return SeatNotFoundError(f"This event has no seat {seat_id}.")
