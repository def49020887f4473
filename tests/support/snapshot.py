"""What the three databases, the organizers and the bucket say, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

LIVE = frozenset({"HOLDING", "AWAITING_PAYMENT", "BOOKED"})
ENDED = frozenset({"FAILED", "EXPIRED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class Seat:
    id: str
    event_id: str
    status: str
    booking_id: str | None
    """The event is not cancelled and its sale has not ended."""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What a buyer is told of an event."""

    name: str | None
    venue: str | None
    time_zone: str | None
    starts_at: datetime | None


@dataclass(frozen=True, slots=True)
class Booking:
    """Ticket's truth about a booking."""

    id: str
    version: int
    event_id: str
    organizer: str
    customer_id: str
    origin: str
    status: str
    failure_reason: str | None
    cancel_reason: str | None
    refund_status: str | None
    amount: int
    currency: str
    invoice_number: str | None
    hold_expires_at: datetime | None
    next_step_at: datetime | None
    released_at: datetime | None
    document_kind: str | None
    document_key: str | None
    document_sha256: str | None
    created_at: datetime
    seat_ids: frozenset[str]
    live_seat_ids: frozenset[str]
    """The seats that were not handed on yet."""
    event: EventFacts
    is_document_outdated: bool
    """The event has changed since the document was made."""

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    id: str
    version: int
    seat_id: str
    customer_id: str
    status: str
    booking_id: str | None
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook on its way or arrived; `subject_id` is the booking's, entry's or invoice reference's id."""

    id: str
    type: str
    subject_id: str
    subject_version: int
    state: str
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invoice:
    number: str
    reference: str
    version: int
    status: str
    amount: int
    currency: str
    expires_at: datetime | None
    refund_requested_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ClientBooking:
    """The client service's mirror of a booking."""

    id: str
    version: int
    customer_id: str
    status: str
    failure_reason: str | None
    cancel_reason: str | None
    refund_status: str | None
    amount: int | None
    invoice_number: str | None
    document_sha256: str | None
    created_at: datetime
    event: EventFacts
    """As this service was told."""


@dataclass(frozen=True, slots=True)
class ClientEntry:
    """The client service's mirror of a waitlist entry."""

    id: str
    version: int
    status: str
    booking_id: str | None


@dataclass(frozen=True, slots=True)
class Hold:
    """An organizer's hold or tombstone."""

    hold_id: str
    organizer: str
    seat_ids: frozenset[str]
    status: str


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """An object of the bucket. `sha256` is None when its content was not read."""

    key: str
    sha256: str | None


@dataclass(slots=True)
class Snapshot:
    """Everything at about one moment; each database is read in one transaction of its own."""

    now: datetime
    seats: dict[str, Seat] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    entries: list[WaitlistEntry] = field(default_factory=list)
    ticket_deliveries: list[Delivery] = field(default_factory=list)
    ticket_inbox: dict[str, str] = field(default_factory=dict)
    """Webhook id → what it did, `applied` or `ignored`."""
    invoices: dict[str, Invoice] = field(default_factory=dict)
    """By reference, which is the booking's id."""
    payment_deliveries: list[Delivery] = field(default_factory=list)
    client_bookings: dict[str, ClientBooking] = field(default_factory=dict)
    client_entries: dict[str, ClientEntry] = field(default_factory=dict)
    client_inbox: set[str] = field(default_factory=set)
    client_customers: set[str] = field(default_factory=set)
    """Who has an account; other customers' bookings are of no interest to client."""
    holds: dict[str, Hold] = field(default_factory=dict)
    documents: dict[str, StoredDocument] = field(default_factory=dict)
