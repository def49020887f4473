"""Fails a booking that ticket has refused and stores its notification, all in one statement.

`client.bookings.refuse` has the general way.
"""

from collections.abc import Mapping

from django.db import connection, transaction

from client.bookings.history import Actor
from client.bookings.models import Booking
from client.bookings.refuse import REFUSE, refuse_values
from client.database.prepared import Prepared
from client.database.values import SqlValue
from client.domain.booking import BookingStatus, FailureReason
from client.notifications.causes import messages_written, occasions_of_booking
from client.notifications.services import STORE, store_values
from client.observability.metrics import BOOKINGS

# `also` is one more part.
STATEMENT = """
    WITH applied AS ({refuse}),
    notified AS ({notify}),
    {also}
    SELECT count(*) FROM applied
"""
NOTIFY = STORE.format(recipient="(SELECT user_id FROM applied)")


def refusal_statement(name: str, *, also: str) -> Prepared:
    """`name` names the prepared statement."""
    return Prepared(name, STATEMENT.format(refuse=REFUSE, notify=NOTIFY, also=also))


def refusal_apply(booking: Booking, *, detail: str, statement: Prepared, values: Mapping[str, SqlValue]) -> None:
    """Fails the booking, unless a snapshot of ticket has been applied. `booking` is as it is then: FAILED, with its
    reason. `statement` is of `refusal_statement`, and `values` are the parameters of what it does also.
    """
    reason, now = FailureReason(booking.failure_reason or ""), booking.updated_at
    messages = messages_written(occasions_of_booking(booking, None))
    refused = refuse_values(booking_id=booking.id, reason=reason, actor=Actor.TICKET, detail=detail, now=now)
    with connection.cursor() as cursor:
        statement.execute(cursor, {**refused, **store_values(messages, now=now), **values})
        (changed,) = cursor.fetchone()
    if changed:
        transaction.on_commit(BOOKINGS.labels(BookingStatus.FAILED.value).inc)
