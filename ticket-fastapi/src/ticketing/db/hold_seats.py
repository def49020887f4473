"""Transaction 1 of a booking as one written statement, as the driver takes it: no ORM, one round trip.

`HOLD_SEATS` is exactly what a benchmark should run under pgbench for comparison; its parameters are `$1` to `$11`,
explained in the file, where `{sale}` stands for `sale.sql`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from servicekit.db.engine import driver_of
from servicekit.tracing import current_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.sales import SALE_SQL
from ticketing.domain.booking import BookingStatus, Origin
from ticketing.domain.booking_record import Booking
from ticketing.domain.records import Customer, EventFacts, Place

HOLD_SEATS = (Path(__file__).parent / "sql" / "hold_seats.sql").read_text().replace("{sale}", SALE_SQL)


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """What a buyer asks for; `request_hash` tells a repeat from another request under the same id."""

    booking_id: UUID
    event_id: UUID
    seat_ids: tuple[UUID, ...]
    customer: Customer
    return_url: str | None
    request_hash: str


async def hold_seats(
    connection: AsyncConnection, order: HoldOrder, *, actor: str, grace_seconds: float
) -> Booking | None:
    """The new booking HOLDING with all its seats, committed; None when anything was in the way, and nothing has
    changed.
    """
    driver = await driver_of(connection)
    trace = current_trace()
    rows = await driver.fetch(
        HOLD_SEATS,
        order.booking_id,
        order.event_id,
        order.seat_ids,
        order.customer.id,
        order.customer.name,
        order.customer.email,
        order.return_url,
        order.request_hash,
        actor,
        trace.request_id,
        grace_seconds,
    )
    if not rows:
        return None
    first = rows[0]
    return Booking(
        id=order.booking_id,
        version=first["version"],
        status=BookingStatus.HOLDING,
        failure_reason=None,
        cancel_reason=None,
        origin=Origin.DIRECT,
        customer=order.customer,
        event=EventFacts(
            order.event_id,
            first["name"],
            first["venue"],
            first["time_zone"],
            first["starts_at"],
            first["currency"],
        ),
        organizer_url=first["base_url"],
        seats=tuple(Place(row["seat_id"], row["section"], row["row"], row["number"], row["price"]) for row in rows),
        amount=first["amount"],
        currency=first["currency"],
        return_url=order.return_url,
        request_hash=order.request_hash,
        invoice_number=None,
        invoice_version=0,
        payment_url=None,
        hold_expires_at=None,
        declines=0,
        waitlist_entry_id=None,
        refund_status=None,
        document_kind=None,
        document_key=None,
        document_sha256=None,
        next_step_at=first["next_step_at"],
        released_at=None,
        created_at=first["created_at"],
        updated_at=first["updated_at"],
    )
