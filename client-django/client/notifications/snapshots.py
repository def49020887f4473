"""Applies what ticket says about a booking and stores its notifications, all in one statement.

`client.bookings.mirror` has the general way, a transaction of several statements, for what is left undecided here: a
booking that ticket has made, an event that has changed, and a notification that the database refuses.
"""

import json
from collections.abc import Mapping
from enum import Enum, auto

from django.db import connection, transaction

from client.bookings.history import HistoryEntry
from client.bookings.mirror import APPLY, apply_values
from client.bookings.models import Booking
from client.database.prepared import Prepared
from client.database.values import SqlValue
from client.notifications.causes import messages_written, occasions_of_booking
from client.notifications.services import STORE, store_values
from client.observability.metrics import BOOKINGS

# `also` is one more part, which may use the result of `applied`. The last part reads the booking as it was before: it
# says why nothing was applied.
STATEMENT = """
    WITH applied AS ({apply}),
    notified AS ({notify})
    {also}
    SELECT applied.id IS NOT NULL, kept.version, kept.history @> %(told)s
    FROM (SELECT) AS always LEFT JOIN applied ON true LEFT JOIN bookings_booking AS kept ON kept.id = %(id)s
"""
NOTIFY = STORE.format(recipient="(SELECT user_id FROM applied)")


class Applied(Enum):
    """What became of a snapshot."""

    APPLIED = auto()
    KNOWN = auto()
    """The same webhook has been applied before."""
    OLD = auto()
    """The same or a newer version has been applied before."""
    UNDECIDED = auto()
    """Nothing was done; `booking_mirror` decides."""


def snapshot_statement(name: str, *, also: str = "") -> Prepared:
    """`name` names the prepared statement."""
    return Prepared(name, STATEMENT.format(apply=APPLY, notify=NOTIFY, also=f", {also}" if also else ""))


APPLY_AND_NOTIFY = snapshot_statement("apply_snapshot")


def snapshot_apply(
    booking: Booking,
    entry: HistoryEntry,
    *,
    document_url: str = "",
    statement: Prepared = APPLY_AND_NOTIFY,
    values: Mapping[str, SqlValue] | None = None,
) -> Applied:
    """Applies a snapshot, given as the booking that it makes (`booking_of`), unless the same or a newer version was
    applied before. `document_url` is a link to its document, if it came with one. `statement` is of
    `snapshot_statement`, and `values` are the parameters of what it does also.
    """
    messages = messages_written(occasions_of_booking(booking, None))
    parameters = {
        **apply_values(booking, entry=entry),
        **store_values(messages, now=booking.updated_at, document_url=document_url),
        # Without a message's id, no entry is like this.
        "told": json.dumps([{"message": entry.get("message", 0)}]),
        **(values or {}),
    }
    with connection.cursor() as cursor:
        statement.execute(cursor, parameters)
        is_applied, version, is_known = cursor.fetchone()
    if is_applied:
        transaction.on_commit(BOOKINGS.labels(booking.status).inc)
        return Applied.APPLIED
    if version is None or version < booking.version:
        return Applied.UNDECIDED
    return Applied.KNOWN if is_known else Applied.OLD
