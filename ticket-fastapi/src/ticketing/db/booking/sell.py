"""The sale of paid bookings: one statement, which the driver runs in one round trip, without SQLAlchemy.

`sql/sell.sql` explains the statement and its parameters `$1` to `$4`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from ticketing.db.booking.booking_rows import read_booking
from ticketing.db.statements import read_statement
from ticketing.domain.booking_record import Booking

SELL = read_statement("sell")


@dataclass(frozen=True, slots=True)
class PaidBooking:
    """A booking whose invoice is paid in this version; the audit entry names the request `request_id`."""

    booking_id: UUID
    invoice_version: int
    request_id: str


async def sell(driver: asyncpg.Connection, paid: Sequence[PaidBooking], *, actor: str) -> list[Booking]:
    """Sells the seats of these bookings, each of them once; returns those that it has sold, which are BOOKED.

    Joins the driver's open transaction. Changes nothing of a booking that is not AWAITING_PAYMENT, came from a queue,
    does not have all of its seats, or has applied this version of its invoice or a newer one.
    """
    rows = await driver.fetch(
        SELL,
        [each.booking_id for each in paid],
        [each.invoice_version for each in paid],
        [each.request_id for each in paid],
        actor,
    )
    return [read_booking(dict(row)) for row in rows]
