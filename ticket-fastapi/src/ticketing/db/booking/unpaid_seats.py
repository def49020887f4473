"""Counts the seats that are held and not paid for, to say why more were refused.

The guard itself is `may_take_unpaid_seats` (migration 0019), which the statement that takes seats calls.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import booking_seats, bookings
from ticketing.domain.booking import UNPAID


async def unpaid_seats_of_buyer(connection: AsyncConnection, customer_id: UUID, event_id: UUID) -> int:
    """Returns how many seats of the event the buyer has and has not paid for."""
    return await _count(connection, bookings.c.customer_id == customer_id, bookings.c.event_id == event_id)


async def unpaid_seats_of_address(connection: AsyncConnection, buyer_address: str) -> int:
    """Returns how many seats of all events were requested from the address and are not paid for."""
    return await _count(connection, bookings.c.buyer_address == buyer_address)


async def _count(connection: AsyncConnection, *conditions: sa.ColumnElement[bool]) -> int:
    # The statuses are written out, so that the condition is recognisably that of the partial indexes.
    unpaid = sa.text(f"bookings.status IN ({', '.join(repr(str(status)) for status in UNPAID)})")
    seats = booking_seats.join(bookings, bookings.c.id == booking_seats.c.booking_id)
    counted = await connection.scalar(sa.select(sa.func.count()).select_from(seats).where(unpaid, *conditions))
    return int(counted or 0)
