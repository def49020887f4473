"""Asks ticket, by id, about bookings of which no event arrived, and applies the answer (docs/booking.md)."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import connection
from django.utils import timezone

from client.bookings.mirror import Source, booking_mirror
from client.bookings.models import Booking
from client.bookings.refuse import booking_give_up
from client.database.values import SqlValue
from client.domain.booking import BookingStatus
from client.ticket_api import calls as ticket
from client.ticket_api.errors import TicketRefusedError
from client.ticket_api.models import TicketBooking
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
    """Mirrors ticket's state of the booking. Once its grace period is over, a booking that ticket does not have is
    given up at ticket, and only then fails: the request may still be on its way, and ticket alone can refuse it.

    Raises TicketRefusedError and TicketUnavailableError; nothing is changed then.
    """
    if _has_waited_long_enough(booking_id):
        snapshot = ticket.abandon_booking(booking_id)
        if snapshot is None:
            booking_give_up(booking_id=booking_id)
            return
    else:
        snapshot = _known_to_ticket(booking_id)
    if snapshot is not None:
        booking_mirror(snapshot=snapshot, source=Source.RECONCILER)


def booking_postpone(*, booking_id: UUID, pause: timedelta) -> None:
    """Makes the booking due again after the pause. A booking of which nothing more is expected stays as it is."""
    due = Booking.objects.filter(id=booking_id, next_check_at__isnull=False)
    due.update(next_check_at=timezone.now() + pause)


def _has_waited_long_enough(booking_id: UUID) -> bool:
    grace = timedelta(seconds=environment().requested_grace_seconds)
    waiting = Booking.objects.filter(id=booking_id, status=BookingStatus.REQUESTED, version=0)
    return waiting.filter(created_at__lte=timezone.now() - grace).exists()


def _known_to_ticket(booking_id: UUID) -> TicketBooking | None:
    """Returns None if ticket does not know the booking; that is in order only as long as ticket has never shown it."""
    try:
        return ticket.fetch_booking(booking_id)
    except TicketRefusedError as refusal:
        if not refusal.is_unknown:
            raise
    if not Booking.objects.filter(id=booking_id, status=BookingStatus.REQUESTED).exists():
        log.error("booking.unknown_to_ticket", booking_id=str(booking_id))
    return None
