"""Computes when to ask ticket about a booking if no event arrives: every state that is not final has a deadline
(docs/booking.md, rule 7).
"""

from datetime import datetime, timedelta

from client.domain.booking import BookingStatus, RefundStatus

REQUESTED_CHECK = timedelta(seconds=5)
HOLDING_CHECK = timedelta(seconds=30)
AFTER_HOLD_EXPIRED = timedelta(seconds=30)
DOCUMENT_CHECK = timedelta(seconds=60)
REFUND_CHECK = timedelta(minutes=5)


def next_check(
    *,
    status: BookingStatus,
    now: datetime,
    hold_expires_at: datetime | None,
    refund_status: RefundStatus | None,
    has_document: bool,
) -> datetime | None:
    """Returns when to ask ticket about the booking; None if ticket will not change it any more."""
    if status == BookingStatus.REQUESTED:
        return now + REQUESTED_CHECK
    if status == BookingStatus.HOLDING:
        return now + HOLDING_CHECK
    if status == BookingStatus.AWAITING_PAYMENT:
        return max(hold_expires_at or now, now) + AFTER_HOLD_EXPIRED
    if refund_status == RefundStatus.PENDING:
        return now + REFUND_CHECK
    if status == BookingStatus.BOOKED and not has_document:
        return now + DOCUMENT_CHECK
    return None
