"""Where the payment page leads back to, for a booking that its buyer did not ask for at that moment."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

PARAMETER = "booking_id"


def naming_booking(return_url: str, booking_id: UUID) -> str:
    """`return_url` with the booking's id as query parameter, since whoever joined a queue could not know it."""
    parts = urlsplit(return_url)
    others = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*others, (PARAMETER, str(booking_id))])))
