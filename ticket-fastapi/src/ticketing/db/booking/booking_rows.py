"""The complete row of a booking, with its event, organizer and seats, and its conversion to a `Booking`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from ticketing.db.tables import booking_seats, bookings, events, organizers
from ticketing.domain.booking import (
    BookingStatus,
    CancelReason,
    DocumentKind,
    FailureReason,
    Origin,
    RefundStatus,
)
from ticketing.domain.booking_record import Booking
from ticketing.domain.records import Customer, EventFacts, OrganizerAccess, SeatInfo

Value = TypeVar("Value", bound=StrEnum)
Row = Mapping[str, Any] | sa.RowMapping
"""A row by the names of its columns, of SQLAlchemy or of the driver."""

_seats_as_json = (
    sa.select(
        sa.func.json_agg(
            aggregate_order_by(
                sa.func.json_build_array(
                    booking_seats.c.seat_id,
                    booking_seats.c.section,
                    booking_seats.c.row,
                    booking_seats.c.number,
                    booking_seats.c.price,
                ),
                booking_seats.c.section,
                booking_seats.c.row,
                booking_seats.c.number,
            ),
            type_=sa.JSON,
        )
    )
    .where(booking_seats.c.booking_id == bookings.c.id)
    .scalar_subquery()
    .label("seats")
)

SELECT_BOOKING = (
    sa.select(
        bookings,
        events.c.name.label("event_name"),
        events.c.venue.label("event_venue"),
        events.c.time_zone.label("event_time_zone"),
        events.c.starts_at.label("event_starts_at"),
        events.c.currency.label("event_currency"),
        organizers.c.slug.label("organizer_slug"),
        organizers.c.base_url,
        organizers.c.api_key,
        organizers.c.previous_api_key,
        _seats_as_json,
    )
    .join(events, events.c.id == bookings.c.event_id)
    .join(organizers, organizers.c.id == events.c.organizer_id)
)


def read_booking(row: Row) -> Booking:
    """Returns the booking of a row of `SELECT_BOOKING`."""
    return Booking(
        id=row["id"],
        origin=Origin(row["origin"]),
        customer=Customer(row["customer_id"], row["customer_name"], row["customer_email"]),
        event=event_facts(row),
        organizer=OrganizerAccess(row["organizer_slug"], row["base_url"], row["api_key"], row["previous_api_key"]),
        seats=tuple(SeatInfo(UUID(seat), *rest) for seat, *rest in row["seats"]),
        amount=row["amount"],
        currency=row["currency"],
        return_url=row["return_url"],
        request_hash=row["request_hash"],
        waitlist_entry_id=row["waitlist_entry_id"],
        created_at=row["created_at"],
        **changing_columns(row),
    )


class ChangingColumns(TypedDict):
    """The columns that can change during the life of a booking."""

    version: int
    status: BookingStatus
    failure_reason: FailureReason | None
    cancel_reason: CancelReason | None
    refund_status: RefundStatus | None
    invoice_number: str | None
    invoice_version: int
    payment_url: str | None
    hold_expires_at: datetime | None
    declines: int
    document_kind: DocumentKind | None
    document_key: str | None
    document_sha256: str | None
    next_step_at: datetime | None
    released_at: datetime | None
    updated_at: datetime


def changing_columns(row: Row) -> ChangingColumns:
    """Returns the columns that can change during the life of a booking."""
    return {
        "version": row["version"],
        "status": BookingStatus(row["status"]),
        "failure_reason": _optional(FailureReason, row["failure_reason"]),
        "cancel_reason": _optional(CancelReason, row["cancel_reason"]),
        "refund_status": _optional(RefundStatus, row["refund_status"]),
        "invoice_number": row["invoice_number"],
        "invoice_version": row["invoice_version"],
        "payment_url": row["payment_url"],
        "hold_expires_at": row["hold_expires_at"],
        "declines": row["declines"],
        "document_kind": _optional(DocumentKind, row["document_kind"]),
        "document_key": row["document_key"],
        "document_sha256": row["document_sha256"],
        "next_step_at": row["next_step_at"],
        "released_at": row["released_at"],
        "updated_at": row["updated_at"],
    }


def event_facts(row: Row) -> EventFacts:
    """Returns the event of a joined row."""
    return EventFacts(
        row["event_id"],
        row["event_name"],
        row["event_venue"],
        row["event_time_zone"],
        row["event_starts_at"],
        row["event_currency"],
    )


def _optional(kind: type[Value], stored: str | None) -> Value | None:
    return None if stored is None else kind(stored)
