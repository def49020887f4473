"""Parses what ticket answers and sends (contracts/README.md, representations). Ticket may add fields: unknown ones are
tolerated.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from servicekit.times import Instant

from client.domain.booking import BookingOrigin, BookingStatus, CancelReason, FailureReason, RefundStatus
from client.domain.waitlist import WaitlistStatus

# A value that does not fit its column makes the answer unreadable, instead of failing when it is stored.
Text = Annotated[str, AfterValidator(lambda value: value.replace("\x00", "\N{REPLACEMENT CHARACTER}"))]
"""PostgreSQL stores every character but NUL."""
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Amount = Annotated[int, Field(ge=0, le=2**63 - 1)]
Version = Annotated[int, Field(ge=1, le=2**63 - 1)]
Moment = Annotated[Instant, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))]
STANDARD_MEMBERS = frozenset({"type", "title", "status", "detail", "instance", "request_id", "errors"})
# These members are for this service only: the caller gets the booking in this service's own shape.
NOT_PASSED_ON = STANDARD_MEMBERS | {"booking"}


class IgnoresUnknownFields(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PassesUnknownFields(BaseModel):
    """Passes unknown fields on to the caller."""

    model_config = ConfigDict(extra="allow", frozen=True)


class AnyObject(BaseModel):
    """A JSON object of which no field is read."""


class TicketFieldError(IgnoresUnknownFields):
    field: str = ""
    code: str = "invalid"
    message: str = ""


class TicketProblem(PassesUnknownFields):
    type: str
    status: int
    title: str = ""
    detail: Text = ""
    errors: list[TicketFieldError] = Field(default_factory=list)

    def members(self) -> dict[str, JsonValue]:
        """Returns the extension members (RFC 9457, section 3.2) for the caller."""
        return {name: value for name, value in (self.model_extra or {}).items() if name not in NOT_PASSED_ON}


class Customer(IgnoresUnknownFields):
    """The person who books or queues."""

    id: UUID
    name: str
    email: str


class EventSummary(IgnoresUnknownFields):
    """The event of a waitlist entry."""

    id: UUID
    name: Text | None = None
    venue: Text | None = None
    time_zone: Text | None = None
    starts_at: Moment | None = None


class BookedSeat(IgnoresUnknownFields):
    """A seat of a booking or a waitlist entry; `price` is in minor units of the event's currency."""

    id: UUID
    section: Text | None = None
    row: Text | None = None
    number: int | Text | None = None
    price: int | None = None


class Document(IgnoresUnknownFields):
    kind: Literal["CONFIRMATION", "NOTICE"]
    sha256: Text
    url: Text | None = None
    url_expires_at: Moment | None = None


class TicketBooking(IgnoresUnknownFields):
    id: UUID
    version: Version
    status: BookingStatus
    failure_reason: FailureReason | None = None
    cancel_reason: CancelReason | None = None
    origin: BookingOrigin = BookingOrigin.DIRECT
    customer: Customer
    event: EventSummary
    seats: list[BookedSeat]
    amount: Amount
    currency: Text
    invoice_number: Text | None = None
    payment_url: Text | None = None
    hold_expires_at: Moment | None = None
    refund_status: RefundStatus | None = None
    document: Document | None = None
    waitlist_entry_id: UUID | None = None
    created_at: Moment
    updated_at: Moment


class TicketWaitlistEntry(IgnoresUnknownFields):
    """A user's place in the queue for one seat."""

    id: UUID
    version: Version
    status: WaitlistStatus
    position: Count | None = None
    seat: BookedSeat
    event: EventSummary
    customer: Customer
    booking_id: UUID | None = None
    offer_expires_at: Moment | None = None
    joined_at: Moment
    updated_at: Moment


class TicketWaitlistPage(IgnoresUnknownFields):
    """A page of waitlist entries."""

    items: list[TicketWaitlistEntry]
    next_cursor: str | None = None


class TicketLink(IgnoresUnknownFields):
    """A presigned link that works until `expires_at`."""

    url: str
    expires_at: Moment
    sha256: str
    kind: Literal["CONFIRMATION", "NOTICE"] | None = None


class TimelineItem(IgnoresUnknownFields):
    at: Moment
    service: str
    actor: str | None = None
    action: str
    from_status: str | None = None
    to_status: str | None = None
    detail: JsonValue = None


class TimelinePage(IgnoresUnknownFields):
    items: list[TimelineItem]


class Event(PassesUnknownFields):
    """An event of the catalogue. Further fields of ticket are passed on unchanged."""

    id: UUID
    version: Version
    name: str
    venue: str
    time_zone: Text | None = None
    starts_at: Instant


class EventPage(PassesUnknownFields):
    """A page of events."""

    items: list[Event]
    next_cursor: str | None = None


class Seat(PassesUnknownFields):
    """A seat of an event; `price` is in minor units of the event's currency."""

    id: UUID
    version: Version
    section: str
    row: str
    number: int | str
    price: int
    status: str


class SeatMapRow(BaseModel):
    """A row of a section."""

    row: str
    runs: list[tuple[int, int, int]] = Field(
        description="Seats with consecutive numbers and one price: the first number, the last number, and the index "
        "of the price in `prices`."
    )


class SeatMapSection(BaseModel):
    """A section, with its rows in order."""

    section: str
    rows: list[SeatMapRow]


class SeatMap(BaseModel):
    """All seats of an event, in the order in which the list of seats has them. Only the OpenAPI document reads this."""

    layout: str = Field(
        pattern="^[0-9a-f]{16}$",
        description="Names `prices` and `sections`: it changes with the price, the place or the existence of any seat.",
    )
    prices: list[int] = Field(description="Each price once, in minor units of the event's currency.")
    sections: list[SeatMapSection]
    states: str = Field(
        pattern="^[ogb]*$",
        description="One character for each seat, in the order of `sections`: `o` OPEN, `g` ON_GOING, `b` BOOKED.",
    )


class ProposedSeat(PassesUnknownFields):
    """A seat of a proposal; `price` is in minor units of the event's currency."""

    id: UUID
    section: str
    row: str
    number: int | str
    price: int


class Proposal(PassesUnknownFields):
    """Seats of one price that were free a moment ago."""

    seats: list[ProposedSeat]
    adjacent: bool = Field(
        description="Whether the seats follow each other in one row. If not, they are in two neighbouring rows."
    )
    leaves_single_seat: bool = Field(
        description="Whether a free seat beside them would have no free neighbour any more."
    )


class BestSeats(PassesUnknownFields):
    """The answer to a request for the best seats."""

    proposal: Proposal | None = Field(
        description="Null if so many seats are free neither in one row nor in two neighbouring rows."
    )


class SeatPage(PassesUnknownFields):
    """A page of seats."""

    items: list[Seat]
    next_cursor: str | None = None
