"""The shapes of bookings and waitlist entries in requests and answers (contracts/README.md, Representations)."""

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

    id: UUID = Field(description="The id of the buyer's account in the client service.")
    name: Name
    email: EmailAddress


class CustomerOutput(BaseModel):
    """The buyer, as the client service named them in the request."""

    id: UUID = Field(description="The id of the buyer's account in the client service.")
    name: str
    email: str


class BookedEventOutput(BaseModel):
    """The event of a booking or waitlist entry."""

    id: UUID
    name: str
    venue: str
    time_zone: str = Field(description="The venue's time zone (IANA); people read `starts_at` in it.")
    starts_at: datetime
    currency: str = Field(description="The ISO 4217 code of the prices.")


class BookedSeatOutput(BaseModel):
    """A seat of a booking or waitlist entry."""

    id: UUID
    section: str
    row: str
    number: int
    price: int = Field(description="In minor units of the currency; in a booking, the price at which it was booked.")


class DocumentOutput(BaseModel):
    """The PDF of a booking."""

    kind: DocumentKind = Field(
        description="CONFIRMATION is the ticket; NOTICE says why the booking ended and what happens to the money."
    )
    sha256: str = Field(description="The SHA-256 of the PDF, in hexadecimal.")
    url: str | None = Field(description="A link that expires. Only webhooks carry it; else call `/ticket`.")
    url_expires_at: datetime | None


class BookingOutput(BaseModel):
    """A booking."""

    id: UUID = Field(description="Also the id of the organizer's hold and the `reference` of the invoice.")
    version: int = Field(description="Grows with every change that is published.")
    status: BookingStatus = Field(
        description="HOLDING: the organizer and the payment service are asked. AWAITING_PAYMENT: the buyer can pay. "
        "BOOKED: paid. FAILED, EXPIRED and CANCELLED are final."
    )
    failure_reason: FailureReason | None = Field(description="Why the booking FAILED; else null.")
    cancel_reason: CancelReason | None = Field(description="Why the booking was CANCELLED; else null.")
    origin: Origin = Field(
        description="DIRECT: the buyer asked for the seats. WAITLIST: the buyer was first in a queue."
    )
    customer: CustomerOutput
    event: BookedEventOutput
    seats: list[BookedSeatOutput]
    amount: int = Field(description="The sum of the prices, in minor units of `currency`.")
    currency: str = Field(description="An ISO 4217 code.")
    invoice_number: str | None
    payment_url: str | None = Field(description="The page on which the buyer pays; null until the invoice exists.")
    hold_expires_at: datetime | None = Field(description="Until when the buyer can pay; null until the invoice exists.")
    refund_status: RefundStatus | None = Field(
        description="PENDING: the buyer gets the money back. REFUNDED: that is done. Null: there is nothing to refund."
    )
    document: DocumentOutput | None = Field(description="The newest PDF of the booking; null until it is made.")
    waitlist_entry_id: UUID | None = Field(description="The waitlist entry that became this booking, if any.")
    created_at: datetime
    updated_at: datetime


class BookingPage(Page):
    """Bookings, newest first."""

    items: list[BookingOutput]


class EntryOutput(BaseModel):
    """A waitlist entry: one buyer in the queue for one seat."""

    id: UUID
    version: int = Field(description="Grows with every change that is published.")
    status: EntryStatus = Field(
        description="WAITING: in the queue. OFFERED: the buyer can pay for the seat. FULFILLED: paid. LAPSED: the "
        "offer ended unpaid, or the sale is over. LEFT: the buyer left."
    )
    position: int | None = Field(description="1 for the first in the queue; null unless WAITING.")
    seat: BookedSeatOutput
    event: BookedEventOutput
    customer: CustomerOutput
    booking_id: UUID | None = Field(description="The booking that the offer made; null before the offer.")
    offer_expires_at: datetime | None = Field(description="Until when the buyer can pay for the offered seat.")
    joined_at: datetime
    updated_at: datetime


class EntryPage(Page):
    """Waitlist entries."""

    items: list[EntryOutput]
