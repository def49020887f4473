"""Fails a booking that ticket has never stored, because ticket refused the request or its id was given up."""

import json
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from client.bookings.history import Action, Actor, history_entry
from client.bookings.mirror import booking_publish
from client.database.values import SqlValue
from client.domain.booking import BookingStatus, FailureReason
from client.observability.metrics import BOOKINGS

# A snapshot of ticket has a version and counts more than a refusal.
REFUSE = """
    UPDATE bookings_booking SET
        status = 'FAILED', failure_reason = %(reason)s, next_check_at = NULL, updated_at = %(updated_at)s,
        history = %(entry)s::jsonb || history
    WHERE id = %(id)s AND status = 'REQUESTED' AND version = 0
    RETURNING id, user_id
"""


def booking_give_up(*, booking_id: UUID) -> bool:
    """Fails the booking as `FAILED / TICKET_UNAVAILABLE`: its id was given up at ticket.

    Changes nothing if an event has arrived in the meantime.
    """
    return booking_refuse(
        booking_id=booking_id,
        reason=FailureReason.TICKET_UNAVAILABLE,
        actor=Actor.RECONCILER,
        detail="given up at ticket",
    )


def booking_refuse(*, booking_id: UUID, reason: FailureReason, actor: Actor, detail: str) -> bool:
    """Fails a REQUESTED booking for the reason that ticket gave when it refused the request.

    Changes nothing if a snapshot of ticket has been applied.
    """
    values = refuse_values(booking_id=booking_id, reason=reason, actor=actor, detail=detail, now=timezone.now())
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(REFUSE, values)
            is_changed = bool(cursor.rowcount == 1)
        if is_changed:
            booking_publish(booking_id, None)
            BOOKINGS.labels(BookingStatus.FAILED.value).inc()
    return is_changed


def refuse_values(
    *, booking_id: UUID, reason: FailureReason, actor: Actor, detail: str, now: datetime
) -> dict[str, SqlValue]:
    """Returns the parameters of REFUSE."""
    entry = history_entry(
        actor=actor,
        action=Action.REFUSED,
        to_status=BookingStatus.FAILED,
        version=0,
        detail=", ".join(part for part in (reason.value, detail) if part),
    )
    return {
        "id": booking_id,
        "reason": reason.value,
        "updated_at": now,
        "entry": json.dumps([{**entry, "from_status": BookingStatus.REQUESTED.value}]),
    }
