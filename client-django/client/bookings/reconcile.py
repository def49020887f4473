"""Heals bookings of which no news came, by asking ticket for them by id (DESIGN section 4).

Any number of workers may do this at once: a look-up moves the deadline of what it takes, and locked rows are passed
over.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import connection
from django.utils import timezone

from client.bookings.mirror import booking_give_up, booking_mirror
from client.bookings.models import Booking
from client.bookings.states import BookingStatus
from client.errors import TicketUnavailableError
from client.integrations.ticket import api as ticket
from client.integrations.ticket.errors import TicketRefusedError
from client.sql import SqlValue
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


def reconcile_due(*, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Asks ticket about everything that is due, one batch at a time. Returns how many bookings were looked at."""
    looked_at = 0
    while due := _take_due():
        for booking_id in due:
            if is_stopping() or not _reconcile(booking_id):
                return looked_at
            looked_at += 1
    return looked_at


def _take_due() -> list[UUID]:
    now = timezone.now()
    values: Mapping[str, SqlValue] = {"now": now, "soon": now + RETRY_REQUESTED, "later": now + RETRY, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(TAKE_DUE, values)
        return [row[0] for row in cursor.fetchall()]


def _reconcile(booking_id: UUID) -> bool:
    """False when ticket does not answer: asking it for the others now would only wait as long."""
    try:
        booking_mirror(snapshot=ticket.booking_get(booking_id), source="reconciler")
    except TicketRefusedError as refusal:
        if refusal.problem.status == 404:
            _unknown_to_ticket(booking_id)
        else:
            log.error("ticket refuses to tell of a booking", booking_id=str(booking_id), problem=refusal.problem.type)
    except TicketUnavailableError:
        return False
    return True


def _unknown_to_ticket(booking_id: UUID) -> None:
    grace = timedelta(seconds=environment().requested_grace_seconds)
    booking = Booking.objects.filter(id=booking_id).first()
    if booking is None or booking.status != BookingStatus.REQUESTED:
        log.error("ticket does not know a booking that it has told of", booking_id=str(booking_id))
    elif booking.created_at + grace <= timezone.now():
        booking_give_up(booking_id=booking_id)
