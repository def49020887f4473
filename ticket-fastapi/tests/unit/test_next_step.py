"""The next step of a booking: every booking that is not final has a step that is due (docs/booking.md, rule 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from ticketing.db.tables import bookings
from ticketing.domain.booking import BookingStatus, DocumentKind, Origin, RefundStatus
from ticketing.domain.booking_record import Booking, NextStep, next_step
from ticketing.domain.records import Customer, EventFacts, OrganizerAccess

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BOOKING = Booking(
    id=uuid4(),
    version=1,
    status=BookingStatus.HOLDING,
    failure_reason=None,
    cancel_reason=None,
    origin=Origin.DIRECT,
    customer=Customer(uuid4(), "Ayu", "ayu@example.com"),
    event=EventFacts(uuid4(), "Malam Jazz", "Gedung", "Asia/Jakarta", NOW, "IDR"),
    organizer=OrganizerAccess("nusantara", "http://x.test", None),
    seats=(),
    amount=0,
    currency="IDR",
    return_url=None,
    request_hash=None,
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
    next_step_at=None,
    released_at=None,
    created_at=NOW,
    updated_at=NOW,
)
ENDS = (BookingStatus.FAILED, BookingStatus.EXPIRED, BookingStatus.CANCELLED)


def step(**facts: Any) -> NextStep | None:
    return next_step(replace(BOOKING, **facts))


def test_a_hold_is_resolved_or_promoted_and_an_unpaid_booking_is_settled() -> None:
    assert step() is NextStep.RESOLVE_HOLD
    assert step(origin=Origin.WAITLIST) is NextStep.PROMOTE
    assert step(status=BookingStatus.AWAITING_PAYMENT) is NextStep.SETTLE_PAYMENT


def test_a_sold_booking_needs_its_confirmation_and_then_nothing() -> None:
    assert step(status=BookingStatus.BOOKED) is NextStep.ISSUE_DOCUMENT
    assert step(status=BookingStatus.BOOKED, document_kind=DocumentKind.CONFIRMATION) is None


@pytest.mark.parametrize("status", ENDS)
def test_an_ended_booking_is_released_noticed_and_refunded_in_that_order(status: BookingStatus) -> None:
    owed = {"status": status, "refund_status": RefundStatus.PENDING, "document_kind": DocumentKind.CONFIRMATION}
    assert step(**owed) is NextStep.RELEASE
    assert step(**{**owed, "released_at": NOW}) is NextStep.ISSUE_DOCUMENT
    noticed = {**owed, "released_at": NOW, "document_kind": DocumentKind.NOTICE}
    assert step(**noticed) is NextStep.REFUND
    assert step(**{**noticed, "refund_status": RefundStatus.REFUNDED}) is None


EVERY = [
    replace(BOOKING, status=status, origin=origin, refund_status=refund, document_kind=kind, released_at=released)
    for status in BookingStatus
    for origin in Origin
    for refund in (None, *RefundStatus)
    for kind in (None, *DocumentKind)
    for released in (None, NOW)
]
"""Every combination of the facts that choose the next step."""


async def test_the_generated_column_agrees_with_the_next_step_of_the_domain(engine: AsyncEngine) -> None:
    without_rules = "CREATE TEMPORARY TABLE bookings (LIKE public.bookings INCLUDING DEFAULTS INCLUDING GENERATED)"
    facts = ("status", "origin", "refund_status", "document_kind", "released_at", "amount", "currency")
    rows = [
        {
            **{name: getattr(booking, name) for name in facts},
            "id": uuid4(),
            "event_id": uuid4(),
            "customer_id": uuid4(),
            "customer_name": booking.customer.name,
            "customer_email": booking.customer.email,
        }
        for booking in EVERY
    ]
    query = sa.select(bookings.c.id, bookings.c.next_step)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"{without_rules} ON COMMIT DROP")
        await connection.execute(sa.insert(bookings), rows)
        stored = {row.id: row.next_step for row in await connection.execute(query)}
    assert [stored[row["id"]] for row in rows] == [next_step(booking) or NextStep.REFUND for booking in EVERY]
