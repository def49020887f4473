"""Parses the client service's representations (contracts/README.md).

Fields that the service may leave out have defaults. Fields that the dashboard does not show are ignored.
"""

import json
from datetime import datetime
from enum import StrEnum
from typing import Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator


class SeatStatus(StrEnum):
    """The states of a seat."""

    OPEN = "OPEN"
    ON_GOING = "ON_GOING"
    BOOKED = "BOOKED"


class Sale(StrEnum):
    """The states of an event's sale, as the ticket service says."""

    SCHEDULED = "SCHEDULED"
    ON_SALE = "ON_SALE"
    SALES_CLOSED = "SALES_CLOSED"
    STARTED = "STARTED"
    CANCELLED = "CANCELLED"


class BookingStatus(StrEnum):
    """The states of a booking, with the client service's `REQUESTED`."""

    REQUESTED = "REQUESTED"
    HOLDING = "HOLDING"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    BOOKED = "BOOKED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"

    @property
    def is_live(self) -> bool:
        """Returns whether the booking has its seats or may still get them."""
        return self in {self.REQUESTED, self.HOLDING, self.AWAITING_PAYMENT, self.BOOKED}

    @property
    def is_cancellable(self) -> bool:
        """Returns whether the booking can be cancelled (docs/booking.md, Cancel): one that is still holding cannot."""
        return self in {self.AWAITING_PAYMENT, self.BOOKED}


class WaitlistStatus(StrEnum):
    """The states of a waitlist entry."""

    WAITING = "WAITING"
    OFFERED = "OFFERED"
    FULFILLED = "FULFILLED"
    LAPSED = "LAPSED"
    LEFT = "LEFT"

    @property
    def is_live(self) -> bool:
        """Returns whether the buyer still waits or has an offer."""
        return self in {self.WAITING, self.OFFERED}


class Representation(BaseModel):
    """The base of everything that is parsed from the client service."""

    model_config = ConfigDict(extra="ignore", frozen=True)


T = TypeVar("T", bound=BaseModel)


class Page(Representation, Generic[T]):
    """One page of a list; `next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None = None


class User(Representation):
    """An account. `version` grows with every change."""

    id: str
    version: int
    email: str
    name: str = ""
    is_staff: bool = False
    is_active: bool = True
    created_at: datetime | None = None


class TokenPair(Representation):
    """The answer to signing in or renewing; `refresh` is missing if the old refresh token stays valid."""

    access: str
    refresh: str | None = None


class EventRef(Representation):
    """The event of a booking or a waitlist entry."""

    id: str
    name: str = ""
    venue: str = ""
    time_zone: str | None = None
    starts_at: datetime | None = None
    currency: str = "IDR"


class Organizer(Representation):
    """The owner of an event's seats."""

    slug: str
    name: str = ""


class SeatCounts(Representation):
    """The numbers of an event's seats in each state."""

    total: int = 0
    open: int = 0
    on_going: int = 0
    booked: int = 0


class Event(Representation):
    """An event. Prices are in minor units of `currency`, times are shown in `time_zone` (IANA), and `status` says
    whether it can be booked. `version` grows with every change by staff.
    """

    id: str
    version: int
    name: str
    venue: str
    time_zone: str | None = None
    starts_at: datetime
    sales_open_at: datetime | None = None
    sales_close_at: datetime | None = None
    description: str = ""
    organizer: Organizer | None = None
    currency: str = "IDR"
    status: Sale
    seats: SeatCounts | None = None
    price_from: int | None = None
    price_to: int | None = None


class PlacedSeat(Representation):
    """Where a seat is and what it costs; `price` is in minor units of the event's currency."""

    section: str = ""
    row: str = ""
    number: str = Field(coerce_numbers_to_str=True)
    price: int = 0

    @property
    def place(self) -> str:
        """Returns the name of the seat within its event: what `GET /events/{id}/seats?at=` takes."""
        number = int(self.number) if self.number.isdecimal() else self.number
        return json.dumps([self.section, self.row, number], ensure_ascii=False, separators=(",", ":"))


class Seat(PlacedSeat):
    """A seat of an event.

    `version` grows when staff change it; None where a booking or a waitlist entry shows the seat.
    """

    id: str
    version: int | None = None
    status: SeatStatus = SeatStatus.OPEN


class Proposal(Representation):
    """Seats that the service proposes; those that are not `adjacent` are in two neighbouring rows."""

    seats: list[Seat]
    adjacent: bool
    leaves_single_seat: bool


class BestSeats(Representation):
    """The answer to a request for the best seats: `proposal` is None if so many are not free together."""

    proposal: Proposal | None


class SeatMapRow(Representation):
    """A row of a section; a run is the first number, the last number and the index of the price."""

    row: str
    runs: list[tuple[int, int, int]]


class SeatMapSection(Representation):
    """A section of the seat map."""

    section: str
    rows: list[SeatMapRow]


class SeatMapContent(Representation):
    """All seats of an event; `states` has one character for each, in the order of `sections`: o open, g being bought,
    b booked. `layout` names everything but the states.
    """

    layout: str
    prices: list[int]
    sections: list[SeatMapSection]
    states: str = Field(pattern="^[ogb]*$")

    @model_validator(mode="after")
    def _has_one_state_for_each_seat(self) -> Self:
        """Refuses a map that does not fit together before it is expanded: a few bytes could become any number."""
        rows = [row.runs for section in self.sections for row in section.rows]
        runs = [run for row in rows for run in row]
        if not all(rows) or not all(first <= last and 0 <= price < len(self.prices) for first, last, price in runs):
            raise ValueError("a row is empty, or a run has no seats or no price")
        if sum(last - first + 1 for first, last, _ in runs) != len(self.states):
            raise ValueError("not every seat has one state")
        return self


class Booking(Representation):
    """A booking as the client service mirrors it; `amount` is in minor units of `currency`."""

    id: str
    user_id: str | None = None
    status: BookingStatus
    event: EventRef
    seats: list[Seat] = Field(default_factory=list)
    amount: int | None = None
    currency: str | None = None
    invoice_number: str | None = None
    payment_url: str | None = None
    hold_expires_at: datetime | None = None
    failure_reason: str | None = None
    cancel_reason: str | None = None
    refund_status: str | None = None
    origin: str = "DIRECT"
    ticket_available: bool = False
    created_at: datetime
    updated_at: datetime | None = None

    @property
    def title(self) -> str:
        """Returns the event's name; a booking that failed early may not have one."""
        return self.event.name or "Booking"


class TicketLink(Representation):
    """A presigned link to a booking's PDF that works for some minutes; `sha256` is the file's checksum."""

    url: str
    sha256: str = ""


class TimelineStep(Representation):
    """One recorded step of a booking."""

    at: datetime
    service: str = ""
    actor: str | None = None
    action: str = ""
    to_status: str | None = None
    detail: str | None = None


class Timeline(Representation):
    """The steps of a booking, oldest first; `note` says if the steps of other services are missing."""

    items: list[TimelineStep]
    note: str | None = None


class Customer(Representation):
    """The person who waits in a queue."""

    name: str = ""
    email: str = ""


class WaitlistEntry(Representation):
    """A waitlist entry. `position` is 1 for the first in line and null unless the entry waits.

    `updated_at` is when its state last changed: for an offer, when it was made.
    """

    id: str
    status: WaitlistStatus
    position: int | None = None
    seat: Seat
    event: EventRef
    customer: Customer | None = None
    booking_id: str | None = None
    offer_expires_at: datetime | None = None
    joined_at: datetime
    updated_at: datetime | None = None


class Notification(Representation):
    """A message to the signed-in person."""

    id: str
    title: str = ""
    body: str = ""
    booking_id: str | None = None
    read_at: datetime | None = None
    created_at: datetime


class EventOperation(Representation):
    """The cancellation of an event: `done` of `total` bookings are cancelled; its state is RUNNING or DONE."""

    state: str = ""
    total: int = 0
    done: int = 0
