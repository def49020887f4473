"""How answers and webhooks represent bookings and waitlist entries (contracts/README.md, Representations)."""

from __future__ import annotations

from typing import Any

from ticketing.domain.booking_record import Booking
from ticketing.domain.records import Customer, EventFacts, SeatInfo
from ticketing.domain.waitlist import WaitlistEntry


def booking_data(booking: Booking) -> dict[str, Any]:
    """Returns the representation of a booking, without the link to its document, which expires within minutes."""
    return {
        "id": booking.id,
        "version": booking.version,
        "status": booking.status,
        "failure_reason": booking.failure_reason,
        "cancel_reason": booking.cancel_reason,
        "origin": booking.origin,
        "customer": _customer(booking.customer),
        "event": _event(booking.event),
        "seats": [_seat(seat) for seat in booking.seats],
        "amount": booking.amount,
        "currency": booking.currency,
        "invoice_number": booking.invoice_number,
        "payment_url": booking.payment_url,
        "hold_expires_at": booking.hold_expires_at,
        "refund_status": booking.refund_status,
        "document": _document(booking),
        "waitlist_entry_id": booking.waitlist_entry_id,
        "created_at": booking.created_at,
        "updated_at": booking.updated_at,
    }


def entry_data(entry: WaitlistEntry) -> dict[str, Any]:
    """Returns the representation of a waitlist entry."""
    return {
        "id": entry.id,
        "version": entry.version,
        "status": entry.status,
        "position": entry.position,
        "seat": _seat(entry.seat),
        "event": _event(entry.event),
        "customer": _customer(entry.customer),
        "booking_id": entry.booking_id,
        "offer_expires_at": entry.offer_expires_at,
        "joined_at": entry.joined_at,
        "updated_at": entry.updated_at,
    }


def _customer(customer: Customer) -> dict[str, Any]:
    return {"id": customer.id, "name": customer.name, "email": customer.email}


def _event(event: EventFacts) -> dict[str, Any]:
    return {
        "id": event.id,
        "name": event.name,
        "venue": event.venue,
        "time_zone": event.time_zone,
        "starts_at": event.starts_at,
        "currency": event.currency,
    }


def _seat(seat: SeatInfo) -> dict[str, Any]:
    return {
        "id": seat.id,
        "section": seat.section,
        "row": seat.row,
        "number": seat.number,
        "price": seat.price,
    }


def _document(booking: Booking) -> dict[str, Any] | None:
    if booking.document_kind is None:
        return None
    return {"kind": booking.document_kind, "sha256": booking.document_sha256, "url": None, "url_expires_at": None}
