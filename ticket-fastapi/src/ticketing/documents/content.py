"""The contents of the documents. Times are shown in the venue's zone; money is in minor units."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

MOST_SEATS = 10


@dataclass(frozen=True, slots=True)
class DocumentEvent:
    name: str
    venue: str
    zone: ZoneInfo
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentSeat:
    section: str
    row: str
    number: str
    price: int


@dataclass(frozen=True, slots=True)
class DocumentBooking:
    """The booking of a document. One to ten seats fit on its page."""

    booking_id: str
    buyer_name: str
    event: DocumentEvent
    seats: tuple[DocumentSeat, ...]
    amount: int
    currency: str
    invoice_number: str | None

    def __post_init__(self) -> None:
        if not 1 <= len(self.seats) <= MOST_SEATS:
            raise ValueError(f"a document has 1 to {MOST_SEATS} seats, not {len(self.seats)}")


@dataclass(frozen=True, slots=True)
class ConfirmationDocument:
    """The document of a BOOKED booking. `check_in_text` is the text of the QR code."""

    booking: DocumentBooking
    check_in_text: str
    issued_at: datetime


class NoticeReason(StrEnum):
    """Why a booking ended without seats: the failure and cancel reasons of the contract, and the expiry."""

    SEAT_UNAVAILABLE = "SEAT_UNAVAILABLE"
    ORGANIZER_DECLINED = "ORGANIZER_DECLINED"
    ORGANIZER_UNREACHABLE = "ORGANIZER_UNREACHABLE"
    INVOICE_UNAVAILABLE = "INVOICE_UNAVAILABLE"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    HOLD_EXPIRED = "HOLD_EXPIRED"
    BUYER = "BUYER"
    STAFF = "STAFF"
    EVENT_CANCELLED = "EVENT_CANCELLED"


class MoneyOutcome(StrEnum):
    """What happens to the buyer's money."""

    NOT_CHARGED = "NOT_CHARGED"
    REFUND_PENDING = "REFUND_PENDING"
    REFUNDED = "REFUNDED"


@dataclass(frozen=True, slots=True)
class NoticeDocument:
    """The document of a booking that FAILED, EXPIRED or was CANCELLED."""

    booking: DocumentBooking
    reason: NoticeReason
    money: MoneyOutcome
    issued_at: datetime


Document = ConfirmationDocument | NoticeDocument
