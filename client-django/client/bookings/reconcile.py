"""Heals bookings of which no news came, by asking ticket for them by id (DESIGN section 4).

Any number of workers may do this at once: a look-up moves the deadline of what it takes, and locked rows are passed
over.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import connection
from django.utils import timezone

from client.bookings.mirror import booking_give_up, booking_mirror
from client.bookings.models import Booking
from client.database.values import SqlValue
from client.domain.booking import BookingStatus
from client.ticket_api import calls as ticket
from client.ticket_api.errors import TicketRefusedError
from client.worker.item_loop import Backoff, IsStopping, each_alone
from config.env import environment

BATCH = 20
RETRY_REQUESTED = timedelta(seconds=5)
RETRY = timedelta(seconds=60)
UNKNOWN = 404
_backoff = Backoff(first=RETRY_REQUESTED, longest=timedelta(minutes=10))
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


def reconcile_due(*, is_stopping: IsStopping = lambda: False) -> int:
    """Asks ticket about everything that is due, one batch at a time. Returns how many bookings it had an answer for."""
    answered = 0
    while due := _take_due():
        batch = each_alone("bookings", due, _reconcile, failed=_postpone, is_stopping=is_stopping)
        answered += batch.done
        if not batch.complete:
            break
    return answered


def _take_due() -> list[UUID]:
    now = timezone.now()
    values: Mapping[str, SqlValue] = {"now": now, "soon": now + RETRY_REQUESTED, "later": now + RETRY, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(TAKE_DUE, values)
        return [row[0] for row in cursor.fetchall()]


def _reconcile(booking_id: UUID) -> bool:
    try:
        booking_mirror(snapshot=ticket.booking_get(booking_id), source="reconciler")
    except TicketRefusedError as refusal:
        if refusal.problem.status != UNKNOWN:
            raise
        _unknown_to_ticket(booking_id)
    _backoff.succeeded(booking_id)
    return True


def _postpone(booking_id: UUID) -> None:
    due = Booking.objects.filter(id=booking_id, next_check_at__isnull=False)
    due.update(next_check_at=timezone.now() + _backoff.failed(booking_id))


def _unknown_to_ticket(booking_id: UUID) -> None:
    grace = timedelta(seconds=environment().requested_grace_seconds)
    booking = Booking.objects.filter(id=booking_id).first()
    if booking is None or booking.status != BookingStatus.REQUESTED:
        log.error("ticket does not know a booking that it has told of", booking_id=str(booking_id))
    elif booking.created_at + grace <= timezone.now():
        booking_give_up(booking_id=booking_id)
