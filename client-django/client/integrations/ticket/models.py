"""What ticket answers and sends, parsed (contracts/README.md, representations). Unknown fields are tolerated:
the other side may grow.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from client.bookings.states import BookingOrigin, BookingStatus, CancelReason, FailureReason, RefundStatus
from client.waitlist.states import WaitlistStatus

STANDARD_MEMBERS = frozenset({"type", "title", "status", "detail", "instance", "request_id", "errors"})
# For this service only: the caller sees the booking as its own buyer's booking.
NOT_PASSED_ON = STANDARD_MEMBERS | {"booking"}


class Tolerant(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Open(BaseModel):
    """Fields that we do not know are passed on to the caller."""

    model_config = ConfigDict(extra="allow", frozen=True)


class TicketFieldError(Tolerant):
    field: str = ""
    code: str = "invalid"
    message: str = ""


class TicketProblem(Open):
    type: str
    status: int
    title: str = ""
    detail: str = ""
    errors: list[TicketFieldError] = Field(default_factory=list)

    def members(self) -> dict[str, JsonValue]:
        """Extension members (RFC 9457, section 3.2) for the caller."""
        return {name: value for name, value in (self.model_extra or {}).items() if name not in NOT_PASSED_ON}


class Customer(Tolerant):
    id: UUID
    name: str
    email: str


class EventSummary(Tolerant):
    id: UUID
    name: str | None = None
    venue: str | None = None
    starts_at: datetime | None = None


class BookedSeat(Tolerant):
    id: UUID
    section: str | None = None
    row: str | None = None
    number: int | str | None = None
    price: int | None = None


class Document(Tolerant):
    kind: Literal["CONFIRMATION", "NOTICE"]
    sha256: str
    url: str | None = None
    url_expires_at: datetime | None = None


class TicketBooking(Tolerant):
    id: UUID
    version: int = Field(ge=1)
    status: BookingStatus
    failure_reason: FailureReason | None = None
    cancel_reason: CancelReason | None = None
    origin: BookingOrigin = BookingOrigin.DIRECT
    customer: Customer
    event: EventSummary
    seats: list[BookedSeat]
    amount: int
    currency: str
    invoice_number: str | None = None
    payment_url: str | None = None
    hold_expires_at: datetime | None = None
    refund_status: RefundStatus | None = None
    document: Document | None = None
    waitlist_entry_id: UUID | None = None
    created_at: datetime
    updated_at: datetime


class TicketWaitlistEntry(Tolerant):
    id: UUID
    version: int = Field(ge=1)
    status: WaitlistStatus
    position: int | None = None
    seat: BookedSeat
    event: EventSummary
    customer: Customer
    booking_id: UUID | None = None
    offer_expires_at: datetime | None = None
    joined_at: datetime
    updated_at: datetime


class TicketWaitlistPage(Tolerant):
    items: list[TicketWaitlistEntry]
    next_cursor: str | None = None


class TicketLink(Tolerant):
    """A presigned link, good until `expires_at`."""

    url: str
    expires_at: datetime
    sha256: str
    kind: Literal["CONFIRMATION", "NOTICE"] | None = None


class TimelineItem(Tolerant):
    at: datetime
    service: str
    actor: str | None = None
    action: str
    from_status: str | None = None
    to_status: str | None = None
    detail: JsonValue = None


class TimelinePage(Tolerant):
    items: list[TimelineItem]


class Event(Open):
    """An event of the catalogue. What ticket says beyond these fields is passed on as it is."""

    id: UUID
    name: str
    venue: str
    starts_at: datetime


class EventPage(Open):
    items: list[Event]
    next_cursor: str | None = None


class Seat(Open):
    id: UUID
    section: str
    row: str
    number: int | str
    price: int
    status: str


class SeatPage(Open):
    items: list[Seat]
    next_cursor: str | None = None
