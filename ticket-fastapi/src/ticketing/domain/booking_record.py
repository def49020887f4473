"""A booking as stored, and its next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypedDict
from uuid import UUID

from ticketing.domain.booking import (
    LIVE,
    BookingStatus,
    CancelReason,
    DocumentKind,
    FailureReason,
    Origin,
    RefundStatus,
)
from ticketing.domain.records import Customer, EventFacts, OrganizerAccess, SeatInfo


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking; its `id` is also the organizer's hold id and the invoice's reference."""

    id: UUID
    version: int
    status: BookingStatus
    failure_reason: FailureReason | None
    cancel_reason: CancelReason | None
    origin: Origin
    customer: Customer
    event: EventFacts
    organizer: OrganizerAccess
    seats: tuple[SeatInfo, ...]
    amount: int
    currency: str
    return_url: str | None
    request_hash: str | None
    invoice_number: str | None
    invoice_version: int
    payment_url: str | None
    hold_expires_at: datetime | None
    declines: int
    waitlist_entry_id: UUID | None
    refund_status: RefundStatus | None
    document_kind: DocumentKind | None
    document_key: str | None
    document_sha256: str | None
    next_step_at: datetime | None
    released_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def is_live(self) -> bool:
        """Whether the booking has not ended."""
        return self.status in LIVE


class BookingChange(TypedDict, total=False):
    """What an action or a fact may change beside the status."""

    failure_reason: FailureReason
    cancel_reason: CancelReason
    refund_status: RefundStatus | None
    document_kind: DocumentKind
    document_key: str
    document_sha256: str
    next_step_at: datetime | None


class NextStep(StrEnum):
    """The steps that a worker takes for a booking; the use case of the same name takes each."""

    RESOLVE_HOLD = "resolve_hold"
    PROMOTE = "promote_next"
    SETTLE_PAYMENT = "settle_payment"
    RELEASE = "release_seats"
    ISSUE_DOCUMENT = "issue_document"
    REFUND = "refund_payment"


def next_step(booking: Booking) -> NextStep | None:
    """Returns the next step; None if the booking is final and complete (docs/booking.md, rule 7)."""
    if booking.status is BookingStatus.HOLDING:
        return NextStep.PROMOTE if booking.origin is Origin.WAITLIST else NextStep.RESOLVE_HOLD
    if booking.status is BookingStatus.AWAITING_PAYMENT:
        return NextStep.SETTLE_PAYMENT
    if not booking.is_live and booking.released_at is None:
        return NextStep.RELEASE
    if booking.document_kind is not wanted_document(booking):
        # The notice comes before the refund is confirmed: the ticket of a cancelled booking must not stay available.
        return NextStep.ISSUE_DOCUMENT
    return NextStep.REFUND if booking.refund_status is RefundStatus.PENDING else None


def wanted_document(booking: Booking) -> DocumentKind:
    """Returns the kind of document that a decided booking must have."""
    return DocumentKind.CONFIRMATION if booking.status is BookingStatus.BOOKED else DocumentKind.NOTICE
