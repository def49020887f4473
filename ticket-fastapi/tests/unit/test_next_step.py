"""What a booking still needs: nothing may be non-final without somebody who acts on it (DESIGN section 10, rule 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from ticketing.domain.booking import BookingStatus, DocumentKind, Origin, RefundStatus
from ticketing.domain.booking_record import Booking, NextStep, next_step
from ticketing.domain.records import Customer, EventFacts

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BOOKING = Booking(
    id=uuid4(),
    version=1,
    status=BookingStatus.HOLDING,
    failure_reason=None,
    cancel_reason=None,
    origin=Origin.DIRECT,
    customer=Customer(uuid4(), "Ayu", "ayu@example.com"),
    event=EventFacts(uuid4(), "Malam Jazz", "Gedung", NOW, "IDR"),
    organizer_url="http://x.test",
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
