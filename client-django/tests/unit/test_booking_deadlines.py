"""Every state that is not final has a deadline (docs/booking.md, rule 7)."""

from datetime import UTC, datetime, timedelta

import pytest

from client.bookings.deadlines import next_check
from client.domain.booking import BookingStatus, RefundStatus

OVER = {BookingStatus.FAILED, BookingStatus.EXPIRED, BookingStatus.CANCELLED}
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize("status", [status for status in BookingStatus if status not in OVER | {BookingStatus.BOOKED}])
def test_every_state_that_is_not_final_has_a_deadline(status: BookingStatus) -> None:
    for hold in (None, NOW - timedelta(hours=1), NOW + timedelta(minutes=15)):
        due = next_check(status=status, now=NOW, hold_expires_at=hold, refund_status=None, has_document=False)
        assert due is not None
        assert due > NOW


@pytest.mark.parametrize("status", sorted(OVER))
def test_a_final_state_expects_nothing_unless_money_is_on_its_way_back(status: BookingStatus) -> None:
    facts = {"now": NOW, "hold_expires_at": NOW, "has_document": False}
    assert next_check(status=status, refund_status=None, **facts) is None  # type: ignore[arg-type]
    assert next_check(status=status, refund_status=RefundStatus.REFUNDED, **facts) is None  # type: ignore[arg-type]
    assert next_check(status=status, refund_status=RefundStatus.PENDING, **facts) is not None  # type: ignore[arg-type]


def test_a_booked_one_expects_its_document_and_then_nothing() -> None:
    facts = {"status": BookingStatus.BOOKED, "now": NOW, "hold_expires_at": NOW, "refund_status": None}
    assert next_check(**facts, has_document=False) is not None  # type: ignore[arg-type]
    assert next_check(**facts, has_document=True) is None  # type: ignore[arg-type]
