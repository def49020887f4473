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

# `source` gives the id and the user of the booking.
STORE = """
    INSERT INTO bookings_booking
        (id, user_id, version, status, origin, event_id, event, seats, next_check_at, created_at, updated_at, history)
    SELECT source.id, source.user_id, 0, 'REQUESTED', %(origin)s, %(event_id)s, %(event)s, %(seats)s,
           %(next_check_at)s, %(created_at)s, %(updated_at)s, %(history)s
    FROM {source} AS source
    ON CONFLICT (id) DO NOTHING
"""
STORE_ONE = STORE.format(source="(SELECT %(id)s AS id, %(user_id)s AS user_id)")


def booking_store(*, booking_id: UUID, user_id: UUID, values: Mapping[str, SqlValue]) -> bool:
    """Stores the booking as REQUESTED, before any version of ticket. `values` are of `store_values`.

    Returns False if there is one with this id.
    """
    with connection.cursor() as cursor:
        cursor.execute(STORE_ONE, {**values, "id": booking_id, "user_id": user_id})
        return bool(cursor.rowcount == 1)


def store_values(
    *,
    origin: BookingOrigin,
    event_id: UUID,
    event: Mapping[str, JsonValue],
    seats: Sequence[Mapping[str, JsonValue]],
    created_at: datetime,
    history: Sequence[HistoryEntry],
) -> dict[str, SqlValue]:
    """Returns the parameters of STORE but those of its source."""
    now = timezone.now()
    return {
        "origin": origin.value,
        "event_id": event_id,
        "event": json.dumps(event),
        "seats": json.dumps(seats),
        "next_check_at": now + REQUESTED_CHECK,
        "created_at": created_at,
        "updated_at": now,
        "history": json.dumps(history),
    }
