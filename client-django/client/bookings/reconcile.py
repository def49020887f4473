"""Asks ticket, by id, about bookings of which no event arrived, and applies the answer (docs/booking.md)."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import connection
from django.utils import timezone

from client.bookings.mirror import Source, booking_give_up, booking_mirror
from client.bookings.models import Booking
from client.database.values import SqlValue
from client.domain.booking import BookingStatus
from client.ticket_api import calls as ticket
from client.ticket_api.errors import TicketRefusedError
from config.env import environment

BATCH = 20
RETRY_REQUESTED = timedelta(seconds=5)
RETRY = timedelta(seconds=60)
log = structlog.get_logger("client.reconcile")

# Claiming a booking postpones its deadline: if the worker dies, the booking is due again without anybody's help.
CLAIM_DUE = """
    UPDATE bookings_booking SET
        next_check_at = CASE WHEN status = 'REQUESTED' THEN %(soon)s ELSE %(later)s END
    WHERE id IN (
        SELECT id FROM bookings_booking WHERE next_check_at <= %(now)s
        ORDER BY next_check_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


def bookings_claim_due() -> list[UUID]:
    """Claims the next batch of due bookings. It skips locked rows, so any number of workers may call it at once."""
    now = timezone.now()
    values: Mapping[str, SqlValue] = {"now": now, "soon": now + RETRY_REQUESTED, "later": now + RETRY, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_DUE, values)
        return [row[0] for row in cursor.fetchall()]


def booking_reconcile(*, booking_id: UUID) -> None:
    """Mirrors ticket's state of the booking. Fails the booking if ticket does not know it and its grace period is over.

    Raises TicketRefusedError and TicketUnavailableError; nothing is changed then.
    """
    try:
        booking_mirror(snapshot=ticket.fetch_booking(booking_id), source=Source.RECONCILER)
    except TicketRefusedError as refusal:
        if not refusal.is_unknown:
            raise
        _unknown_to_ticket(booking_id)


def booking_postpone(*, booking_id: UUID, pause: timedelta) -> None:
    """Makes the booking due again after the pause. A booking of which nothing more is expected stays as it is."""
    due = Booking.objects.filter(id=booking_id, next_check_at__isnull=False)
    due.update(next_check_at=timezone.now() + pause)


def _unknown_to_ticket(booking_id: UUID) -> None:
    grace = timedelta(seconds=environment().requested_grace_seconds)
    booking = Booking.objects.filter(id=booking_id).first()
    if booking is None or booking.status != BookingStatus.REQUESTED:
        log.error("booking.unknown_to_ticket", booking_id=str(booking_id))
    elif booking.created_at + grace <= timezone.now():
        booking_give_up(booking_id=booking_id)
