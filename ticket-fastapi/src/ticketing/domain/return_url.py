"""The address to which the payment page sends the buyer back, for a booking from a queue."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

PARAMETER = "booking_id"


def naming_booking(return_url: str, booking_id: UUID) -> str:
    """Returns `return_url` with the booking's id as a query parameter; the buyer did not know it when joining."""
    parts = urlsplit(return_url)
    others = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*others, (PARAMETER, str(booking_id))])))
