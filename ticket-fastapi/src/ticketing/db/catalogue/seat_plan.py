"""Reads and writes where seats are and what they cost; `db/booking/seats.py` changes which booking has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from servicekit.db.paging import Order
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import booking_seats, seats, waitlist_entries
from ticketing.domain.seat import SeatStatus
from ticketing.domain.seat_plan import NewSeat, Place, Seat, place_key

_columns = [column for column in seats.c if column.name not in ("event_id", "booking_id", "place_key")]
# Shorter row labels first: B comes before AA, and 9 before 10.
_order = Order([seats.c.section, sa.func.length(seats.c.row, type_=sa.Integer), seats.c.row, seats.c.number])


async def list_seats(
    connection: AsyncConnection,
    event_id: UUID,
    *,
    status: SeatStatus | None,
    section: str | None,
    places: Sequence[Place] | None = None,
    after: tuple[Any, ...] | None,
    limit: int,
) -> list[Seat]:
    """Returns the event's seats, ordered by section, row and number: those after `after`, and at `places` if given."""
    query = sa.select(*_columns).where(seats.c.event_id == event_id)
    if status:
        query = query.where(seats.c.status == status)
    if section:
        query = query.where(seats.c.section == section)
    if places is not None:
        query = query.where(sa.tuple_(seats.c.section, seats.c.row, seats.c.number).in_(places))
    rows = await connection.execute(_order.apply(query, after).limit(limit))
    return [_seat(row) for row in rows]


async def find_seat(connection: AsyncConnection, event_id: UUID, seat_id: UUID, *, lock: bool = False) -> Seat | None:
    """Returns the seat of this event; with `lock`, no other transaction can take or change it until this one ends."""
    query = sa.select(*_columns).where(seats.c.event_id == event_id, seats.c.id == seat_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return _seat(row) if row else None


async def insert_seats(connection: AsyncConnection, event_id: UUID, new: Sequence[NewSeat]) -> list[Seat]:
    """Creates the seats whose place is free, and returns these."""
    rows = sa.select(
        sa.func.unnest(sa.literal([uuid4() for _ in new], sa.ARRAY(sa.Uuid))),
        sa.literal(event_id, sa.Uuid),
        sa.func.unnest(sa.literal([seat.section for seat in new], sa.ARRAY(sa.Text))),
        sa.func.unnest(sa.literal([seat.row for seat in new], sa.ARRAY(sa.Text))),
        sa.func.unnest(sa.literal([place_key(seat.section, seat.row) for seat in new], sa.ARRAY(sa.Text))),
        sa.func.unnest(sa.literal([seat.number for seat in new], sa.ARRAY(sa.Integer))),
        sa.func.unnest(sa.literal([seat.price for seat in new], sa.ARRAY(sa.BigInteger))),
    )
    statement = (
        insert(seats)
        .from_select(["id", "event_id", "section", "row", "place_key", "number", "price"], rows)
        .on_conflict_do_nothing()
        .returning(*_columns)
    )
    return [_seat(row) for row in await connection.execute(statement)]


async def place_is_taken(connection: AsyncConnection, event_id: UUID, place: NewSeat, *, by_other_than: UUID) -> bool:
    """Returns whether another seat of the event has this section, row and number."""
    query = sa.select(
        sa.exists().where(
            seats.c.event_id == event_id,
            seats.c.number == place.number,
            sa.or_(
                seats.c.place_key == place_key(place.section, place.row),
                # Seats that are older than the column `place_key` may have none.
                sa.and_(seats.c.section == place.section, seats.c.row == place.row),
            ),
            seats.c.id != by_other_than,
        )
    )
    return bool((await connection.execute(query)).scalar_one())


async def update_seat(connection: AsyncConnection, seat_id: UUID, changed: NewSeat, *, is_moved: bool) -> Seat:
    """Changes and returns the seat; without `is_moved`, only its price.

    A seat that is older than the column `place_key` gets its key when it is moved.
    """
    place: dict[str, object] = {}
    if is_moved:
        key = place_key(changed.section, changed.row)
        place = {"section": changed.section, "row": changed.row, "place_key": key, "number": changed.number}
    statement = (
        sa.update(seats)
        .where(seats.c.id == seat_id)
        .values(price=changed.price, version=seats.c.version + 1, updated_at=sa.func.now(), **place)
        .returning(*_columns)
    )
    return _seat((await connection.execute(statement)).one())


async def delete_unused_seat(connection: AsyncConnection, seat_id: UUID) -> bool:
    """Deletes the seat if it is OPEN and no booking or entry has ever named it; returns whether it was deleted."""
    statement = sa.delete(seats).where(
        seats.c.id == seat_id,
        seats.c.status == SeatStatus.OPEN,
        ~sa.exists().where(booking_seats.c.seat_id == seats.c.id),
        ~sa.exists().where(waitlist_entries.c.seat_id == seats.c.id),
    )
    return (await connection.execute(statement)).rowcount == 1


def _seat(row: sa.Row[Any]) -> Seat:
    fields = row._asdict()
    return Seat(**{**fields, "status": SeatStatus(fields["status"])})
