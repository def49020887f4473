"""A booking's states (DESIGN section 3)."""

from __future__ import annotations

from enum import StrEnum

from servicekit import transitions


class BookingStatus(StrEnum):
    """HOLDING, AWAITING_PAYMENT and BOOKED are live; the others are ends."""

    HOLDING = "HOLDING"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    BOOKED = "BOOKED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


LIVE = frozenset({BookingStatus.HOLDING, BookingStatus.AWAITING_PAYMENT, BookingStatus.BOOKED})


class BookingAction(StrEnum):
    """What happens to a booking."""

    CONFIRM = "CONFIRM"
    """The organizer has held the seats and the invoice exists."""
    FAIL_HOLD = "FAIL_HOLD"
    """Organizer or invoice failed."""
    CALL_OFF = "CALL_OFF"
    """The event was cancelled while the hold was still being made."""
    PAY = "PAY"
    FAIL_PAYMENT = "FAIL_PAYMENT"
    EXPIRE = "EXPIRE"
    CANCEL = "CANCEL"


TRANSITIONS = {
    (BookingStatus.HOLDING, BookingAction.CONFIRM): BookingStatus.AWAITING_PAYMENT,
    (BookingStatus.HOLDING, BookingAction.FAIL_HOLD): BookingStatus.FAILED,
    (BookingStatus.HOLDING, BookingAction.CALL_OFF): BookingStatus.CANCELLED,
    (BookingStatus.AWAITING_PAYMENT, BookingAction.PAY): BookingStatus.BOOKED,
    (BookingStatus.AWAITING_PAYMENT, BookingAction.FAIL_PAYMENT): BookingStatus.FAILED,
    (BookingStatus.AWAITING_PAYMENT, BookingAction.EXPIRE): BookingStatus.EXPIRED,
    (BookingStatus.AWAITING_PAYMENT, BookingAction.CANCEL): BookingStatus.CANCELLED,
    (BookingStatus.BOOKED, BookingAction.CANCEL): BookingStatus.CANCELLED,
}


def next_status(status: BookingStatus, action: BookingAction) -> BookingStatus:
    """The booking's state after `action`; IllegalStepError if there is none."""
    return transitions.next_status(TRANSITIONS, status, action)


class FailureReason(StrEnum):
    """Why a booking FAILED."""

    ORGANIZER_DECLINED = "ORGANIZER_DECLINED"
    ORGANIZER_UNREACHABLE = "ORGANIZER_UNREACHABLE"
    INVOICE_UNAVAILABLE = "INVOICE_UNAVAILABLE"
    PAYMENT_FAILED = "PAYMENT_FAILED"


class CancelReason(StrEnum):
    """Who cancelled, or what for."""

    BUYER = "BUYER"
    STAFF = "STAFF"
    EVENT_CANCELLED = "EVENT_CANCELLED"


class Origin(StrEnum):
    """DIRECT: a buyer's request. WAITLIST: a promotion from the queue."""

    DIRECT = "DIRECT"
    WAITLIST = "WAITLIST"


class RefundStatus(StrEnum):
    """PENDING: owed to the buyer. REFUNDED: payment says it is done."""

    PENDING = "PENDING"
    REFUNDED = "REFUNDED"


class DocumentKind(StrEnum):
    """CONFIRMATION of a BOOKED booking; NOTICE of one that ended otherwise."""

    CONFIRMATION = "CONFIRMATION"
    NOTICE = "NOTICE"
