"""How the API shows a booking."""

from typing import Any

from servicekit.times import in_utc

from client.bookings.models import Booking
from client.bookings.time_zone import zone_of_event


def booking_representation(booking: Booking) -> dict[str, Any]:
    """Returns the members of `BookingSerializer`, which describes them."""
    return {
        "id": str(booking.id),
        "user_id": str(booking.user_id),
        "status": booking.status,
        "event": _event(booking.event),
        "seats": [_seat(seat) for seat in booking.seats],
        "amount": booking.amount,
        "currency": booking.currency,
        "invoice_number": booking.invoice_number,
        "payment_url": booking.payment_url,
        "hold_expires_at": in_utc(booking.hold_expires_at) if booking.hold_expires_at else None,
        "failure_reason": booking.failure_reason,
        "cancel_reason": booking.cancel_reason,
        "refund_status": booking.refund_status,
        "origin": booking.origin,
        "ticket_available": booking.ticket_available,
        "created_at": in_utc(booking.created_at),
        "updated_at": in_utc(booking.updated_at),
    }


def _event(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": event["id"],
        "name": event.get("name") or "",
        "venue": event.get("venue") or "",
        "time_zone": zone_of_event(event).key,
        "starts_at": event.get("starts_at"),
    }


def _seat(seat: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": seat["id"],
        "section": seat.get("section") or "",
        "row": seat.get("row") or "",
        "number": seat.get("number") or 0,
        "price": seat.get("price") or 0,
    }
