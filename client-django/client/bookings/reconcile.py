"""Heals bookings of which no event arrived, by asking ticket for them by id (DESIGN section 4)."""

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

# Taking a booking is putting off its deadline: a worker that dies gives it back by itself.
TAKE_DUE = """
    UPDATE bookings_booking SET
        next_check_at = CASE WHEN status = 'REQUESTED' THEN %(soon)s ELSE %(later)s END
    WHERE id IN (
        SELECT id FROM bookings_booking WHERE next_check_at <= %(now)s
        ORDER BY next_check_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


def bookings_take_due() -> list[UUID]:
    """The next batch to ask about. Locked rows are passed over, so that any number of workers may do this at once."""
    now = timezone.now()
    values: Mapping[str, SqlValue] = {"now": now, "soon": now + RETRY_REQUESTED, "later": now + RETRY, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(TAKE_DUE, values)
        return [row[0] for row in cursor.fetchall()]


def booking_reconcile(*, booking_id: UUID) -> None:
    """Mirrors what ticket says of the booking, or gives it up once its grace period is over and ticket has none.

    Raises TicketRefusedError and TicketUnavailableError: then nothing is known.
    """
    try:
        booking_mirror(snapshot=ticket.booking_get(booking_id), source=Source.RECONCILER)
    except TicketRefusedError as refusal:
        if not refusal.is_unknown:
            raise
        _unknown_to_ticket(booking_id)


def booking_postpone(*, booking_id: UUID, pause: timedelta) -> None:
    """The worker asks again after the pause, unless nothing is expected of ticket any more."""
    due = Booking.objects.filter(id=booking_id, next_check_at__isnull=False)
    due.update(next_check_at=timezone.now() + pause)


def _unknown_to_ticket(booking_id: UUID) -> None:
    grace = timedelta(seconds=environment().requested_grace_seconds)
    booking = Booking.objects.filter(id=booking_id).first()
    if booking is None or booking.status != BookingStatus.REQUESTED:
        log.error("ticket does not know a booking that it has told of", booking_id=str(booking_id))
    elif booking.created_at + grace <= timezone.now():
        booking_give_up(booking_id=booking_id)
