"""The statuses of a booking and the transitions between them."""

from __future__ import annotations

from enum import StrEnum

from servicekit import transitions


class BookingStatus(StrEnum):
    """HOLDING, AWAITING_PAYMENT and BOOKED are live; the others are final."""

    HOLDING = "HOLDING"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    BOOKED = "BOOKED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


LIVE = frozenset({BookingStatus.HOLDING, BookingStatus.AWAITING_PAYMENT, BookingStatus.BOOKED})
UNPAID = (BookingStatus.HOLDING, BookingStatus.AWAITING_PAYMENT)
"""Live bookings whose seats are held and not paid for."""


class BookingAction(StrEnum):
    """The actions that change a booking's status."""

    CONFIRM = "CONFIRM"
    """The organizer holds the seats and the invoice exists."""
    FAIL_HOLD = "FAIL_HOLD"
    """The organizer gave no hold, or payment gave no invoice."""
    CANCEL_HOLD = "CANCEL_HOLD"
    """The event was cancelled while the booking was HOLDING."""
    PAY = "PAY"
    FAIL_PAYMENT = "FAIL_PAYMENT"
    EXPIRE = "EXPIRE"
    CANCEL = "CANCEL"


class BookingFact(StrEnum):
    """Changes of a booking that are published but leave its status as it is."""

    ISSUE_DOCUMENT = "ISSUE_DOCUMENT"
    REQUEST_REFUND = "REQUEST_REFUND"
    REFUND = "REFUND"
    EVENT_CHANGED = "EVENT_CHANGED"
    """The event has another name, venue, time zone or start than was last published with the booking."""


TRANSITIONS = {
    (BookingStatus.HOLDING, BookingAction.CONFIRM): BookingStatus.AWAITING_PAYMENT,
    (BookingStatus.HOLDING, BookingAction.FAIL_HOLD): BookingStatus.FAILED,
    (BookingStatus.HOLDING, BookingAction.CANCEL_HOLD): BookingStatus.CANCELLED,
    (BookingStatus.AWAITING_PAYMENT, BookingAction.PAY): BookingStatus.BOOKED,
    (BookingStatus.AWAITING_PAYMENT, BookingAction.FAIL_PAYMENT): BookingStatus.FAILED,
    (BookingStatus.AWAITING_PAYMENT, BookingAction.EXPIRE): BookingStatus.EXPIRED,
    (BookingStatus.AWAITING_PAYMENT, BookingAction.CANCEL): BookingStatus.CANCELLED,
    (BookingStatus.BOOKED, BookingAction.CANCEL): BookingStatus.CANCELLED,
}


def next_status(status: BookingStatus, action: BookingAction) -> BookingStatus:
    """Returns the status after `action`; raises IllegalStepError if the status does not allow the action."""
    return transitions.next_status(TRANSITIONS, status, action)


class FailureReason(StrEnum):
    """Why a booking FAILED."""

    ORGANIZER_DECLINED = "ORGANIZER_DECLINED"
    ORGANIZER_UNREACHABLE = "ORGANIZER_UNREACHABLE"
    INVOICE_UNAVAILABLE = "INVOICE_UNAVAILABLE"
    PAYMENT_FAILED = "PAYMENT_FAILED"


class CancelReason(StrEnum):
    """Who cancelled a booking, or why."""

    BUYER = "BUYER"
    STAFF = "STAFF"
    EVENT_CANCELLED = "EVENT_CANCELLED"


class Origin(StrEnum):
    """DIRECT: a buyer requested the booking. WAITLIST: it was made by a promotion from a queue."""

    DIRECT = "DIRECT"
    WAITLIST = "WAITLIST"


class RefundStatus(StrEnum):
    """PENDING: the buyer is owed a refund. REFUNDED: payment has confirmed it."""

    PENDING = "PENDING"
    REFUNDED = "REFUNDED"


class DocumentKind(StrEnum):
    """CONFIRMATION of a BOOKED booking; NOTICE of one that ended otherwise."""

    CONFIRMATION = "CONFIRMATION"
    NOTICE = "NOTICE"
