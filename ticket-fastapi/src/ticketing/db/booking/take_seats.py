"""Transaction 1 of a booking: one statement, which the driver runs in one round trip, without SQLAlchemy.

`sql/take_seats.sql` explains the statement and its parameters `$1` to `$14`; `{sale}` in it stands for `sale.sql`.
`bench/pgbench.py` measures the same statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg
from servicekit.tracing import current_trace

from ticketing.db.catalogue.sales import SALE_SQL
from ticketing.db.statements import read_statement
from ticketing.domain.booking import BookingStatus, Origin
from ticketing.domain.booking_record import Booking
from ticketing.domain.records import Customer, EventFacts, OrganizerAccess, SeatInfo
from ticketing.domain.unpaid_seats import UnpaidSeatLimits

TakenSeats = frozenset[UUID]

TAKE_SEATS = read_statement("take_seats").replace("{sale}", SALE_SQL)


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """A buyer's request for seats; `request_hash` tells a repeat from another request with the same booking id.

    `buyer_address` is a key of the address that the buyer called from, if it is known.
    """

    booking_id: UUID
    event_id: UUID
    seat_ids: tuple[UUID, ...]
    customer: Customer
    return_url: str | None
    request_hash: str
    buyer_address: str | None = None


async def take_seats(
    driver: asyncpg.Connection, request: BookingRequest, limits: UnpaidSeatLimits, *, actor: str, grace_seconds: float
) -> Booking | TakenSeats:
    """Takes all requested seats for a new booking and commits; returns the booking, which is HOLDING.

    Changes nothing if a seat is not OPEN, the event is not on sale, the booking id exists or the buyer would have too
    many seats to pay for. Returns which seats are taken if that is the only reason, else an empty set.
    """
    trace = current_trace()
    rows = await driver.fetch(
        TAKE_SEATS,
        request.booking_id,
        request.event_id,
        request.seat_ids,
        request.customer.id,
        request.customer.name,
        request.customer.email,
        request.return_url,
        request.request_hash,
        actor,
        trace.request_id,
        grace_seconds,
        request.buyer_address,
        limits.per_buyer,
        limits.per_address,
    )
    first = rows[0]
    if first["version"] is None:
        return frozenset(first["taken"] or ())
    return Booking(
        id=request.booking_id,
        version=first["version"],
        status=BookingStatus.HOLDING,
        failure_reason=None,
        cancel_reason=None,
        origin=Origin.DIRECT,
        customer=request.customer,
        event=EventFacts(
            request.event_id,
            first["name"],
            first["venue"],
            first["time_zone"],
            first["starts_at"],
            first["currency"],
        ),
        organizer=OrganizerAccess(
            first["organizer_slug"], first["base_url"], first["api_key"], first["previous_api_key"]
        ),
        seats=tuple(SeatInfo(row["seat_id"], row["section"], row["row"], row["number"], row["price"]) for row in rows),
        amount=first["amount"],
        currency=first["currency"],
        return_url=request.return_url,
        request_hash=request.request_hash,
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
