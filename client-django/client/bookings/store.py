"""Stores a new booking in one place."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone
from pydantic import JsonValue

from client.bookings.deadlines import REQUESTED_CHECK
from client.bookings.history import HistoryEntry
from client.database.values import SqlValue
from client.domain.booking import BookingOrigin

STORE = """
    INSERT INTO bookings_booking
        (id, user_id, version, status, origin, event_id, event, seats, next_check_at, created_at, updated_at, history)
    VALUES (%(id)s, %(user_id)s, 0, 'REQUESTED', %(origin)s, %(event_id)s, %(event)s, %(seats)s, %(next_check_at)s,
            %(created_at)s, %(now)s, %(history)s)
    ON CONFLICT (id) DO NOTHING
"""


def booking_store(
    *,
    booking_id: UUID,
    user_id: UUID,
    origin: BookingOrigin,
    event_id: UUID,
    event: Mapping[str, JsonValue],
    seats: Sequence[Mapping[str, JsonValue]],
    created_at: datetime,
    history: Sequence[HistoryEntry],
) -> bool:
    """Stores the booking as REQUESTED, before any version of ticket. Returns False if there is one with this id."""
    now = timezone.now()
    values: dict[str, SqlValue] = {
        "id": booking_id,
        "user_id": user_id,
        "origin": origin.value,
        "event_id": event_id,
        "event": json.dumps(event),
        "seats": json.dumps(seats),
        "next_check_at": now + REQUESTED_CHECK,
        "created_at": created_at,
        "now": now,
        "history": json.dumps(history),
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE, values)
        return bool(cursor.rowcount == 1)
