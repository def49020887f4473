"""Bookings and waitlist entries as others send and see them (contracts/README.md, Representations)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from ticketing.domain.booking import BookingStatus, CancelReason, DocumentKind, FailureReason, Origin, RefundStatus
from ticketing.domain.waitlist import EntryStatus
from ticketing.http.models import Input
from ticketing.http.pagination import Page
from ticketing.http.texts import EmailAddress, Name


class CustomerInput(Input):
    """The buyer."""

    id: UUID
    name: Name
    email: EmailAddress


class CustomerOutput(BaseModel):
    """The buyer."""

    id: UUID
    name: str
    email: str


class BookedEventOutput(BaseModel):
    """The event that is booked."""

    id: UUID
    name: str
    venue: str
    time_zone: str = Field(description="IANA name of the venue's time zone; `starts_at` is shown to people in it")
    starts_at: datetime
    currency: str


class BookedSeatOutput(BaseModel):
    """A seat, in a booking with the price it was booked at."""

    id: UUID
    section: str
    row: str
    number: int
    price: int = Field(description="minor units")


class DocumentOutput(BaseModel):
    """The booking's PDF; the link is present in webhooks and under `/ticket` only."""

    kind: DocumentKind
    sha256: str
    url: str | None
    url_expires_at: datetime | None


class BookingOutput(BaseModel):
    """A booking; `version` grows with every change."""

    id: UUID
    version: int
    status: BookingStatus
    failure_reason: FailureReason | None
    cancel_reason: CancelReason | None
    origin: Origin
    customer: CustomerOutput
    event: BookedEventOutput
    seats: list[BookedSeatOutput]
    amount: int
    currency: str
    invoice_number: str | None
    payment_url: str | None
    hold_expires_at: datetime | None
    refund_status: RefundStatus | None
    document: DocumentOutput | None
    waitlist_entry_id: UUID | None
    created_at: datetime
    updated_at: datetime


class BookingPage(Page):
    """Bookings, newest first."""

    items: list[BookingOutput]


class EntryOutput(BaseModel):
    """A place in the queue for a seat; `position` is 1 for the first in line, null unless WAITING."""

    id: UUID
    version: int
    status: EntryStatus
    position: int | None
    seat: BookedSeatOutput
    event: BookedEventOutput
    customer: CustomerOutput
    booking_id: UUID | None
    offer_expires_at: datetime | None
    joined_at: datetime
    updated_at: datetime


class EntryPage(Page):
    """Waitlist entries."""

    items: list[EntryOutput]
