"""Applies each webhook event exactly once (docs/booking.md, Webhooks).

An event about a booking is applied only if its version is newer, by one statement, which also stores the event's id in
the booking's history: a repeat can change nothing, and is recognised. An event about a waitlist entry has an inbox row,
written in the transaction that applies it.
"""

import json
from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.utils import Error
from django.utils import timezone

from client.accounts.errors import UnknownCustomerError
from client.bookings.history import history_has_message
from client.bookings.mirror import Source, booking_mirror, booking_of, snapshot_entry
from client.database.failures import is_retryable
from client.domain.booking import BookingOrigin, BookingStatus
from client.notifications.snapshots import Applied, snapshot_apply
from client.ticket_api.models import TicketBooking
from client.waitlist.services import waitlist_entry_mirror
from client.webhooks.models import InboxMessage
from client.webhooks.payloads import BookingUpdated, Event, WaitlistUpdated

log = structlog.get_logger("client.webhooks")

RECORD = """
    INSERT INTO integrations_inboxmessage (id, type, subject_id, version, outcome, received_at)
    VALUES (%s, %s, %s, %s, %s, now())
    ON CONFLICT (id) DO NOTHING
"""

# A version is never replaced by an older one, so an event that is found here is decided for good.
KNOWN = """
    SELECT event.message, kept.history @> jsonb_build_array(jsonb_build_object('message', event.message))
    FROM jsonb_to_recordset(%s) AS event (id uuid, version bigint, message text)
    JOIN bookings_booking AS kept ON kept.id = event.id AND kept.version >= event.version
"""


class Outcome(StrEnum):
    APPLIED = "applied"
    IGNORED = "ignored"
    """The event is not newer than what was applied, or its type is unknown."""
    DUPLICATE = "duplicate"


DECIDED = {Applied.APPLIED: Outcome.APPLIED, Applied.KNOWN: Outcome.DUPLICATE, Applied.OLD: Outcome.IGNORED}


def event_receive(*, message_id: str, event: Event | None) -> Outcome:
    """Applies an event, None being one of an unknown type, and returns the outcome.

    Raises UnknownCustomerError for a booking: staff shall see that somebody may have paid who has no account. A place
    in line of such a customer is ignored.
    """
    if isinstance(event, BookingUpdated):
        return (
            known_before([(message_id, event.data)]).get(message_id)
            or booking_event_apply(message_id, event.data)
            or booking_event_decide(message_id, event.data)
        )
    if isinstance(event, WaitlistUpdated):
        return _receive_entry(message_id, event)
    return Outcome.IGNORED


def known_before(events: Iterable[tuple[str, TicketBooking]]) -> dict[str, Outcome]:
    """Returns the outcome of those events that a short look finds to be no news, by their ids.

    It looks only for what ticket's answer to the buyer's request has most likely brought before the event: applying an
    event costs several times as much as this look.
    """
    answered = [
        {"id": str(booking.id), "version": booking.version, "message": message_id}
        for message_id, booking in events
        if booking.status == BookingStatus.AWAITING_PAYMENT and booking.origin == BookingOrigin.DIRECT
    ]
    if not answered:
        return {}
    try:
        with connection.cursor() as cursor:
            cursor.execute(KNOWN, [json.dumps(answered)])
            found = cursor.fetchall()
    except Error as error:
        if is_retryable(error):
            raise
        # An id that PostgreSQL cannot read: the event itself will fail, and no other one.
        return {}
    return {message: Outcome.DUPLICATE if is_repeat else Outcome.IGNORED for message, is_repeat in found}


def booking_event_apply(message_id: str, snapshot: TicketBooking) -> Outcome | None:
    """Applies an ordinary event about a booking by one statement. Returns None if nothing was done and
    `booking_event_decide` has to say why.
    """
    booking = booking_of(snapshot, now=timezone.now())
    link = snapshot.document.url if snapshot.document else None
    try:
        entry = snapshot_entry(snapshot, Source.WEBHOOK, message_id)
        applied = snapshot_apply(booking, entry, document_url=link or "")
    except Error as error:
        if is_retryable(error) or connection.in_atomic_block:
            raise
        # A notification that cannot be stored does not stop the change.
        return None
    return DECIDED.get(applied)


def booking_event_decide(message_id: str, snapshot: TicketBooking) -> Outcome:
    """Applies any event about a booking, in a transaction of its own."""
    if booking_mirror(snapshot=snapshot, source=Source.WEBHOOK, message_id=message_id):
        return Outcome.APPLIED
    is_repeat = history_has_message(booking_id=snapshot.id, message_id=message_id)
    return Outcome.DUPLICATE if is_repeat else Outcome.IGNORED


def _receive_entry(message_id: str, event: WaitlistUpdated) -> Outcome:
    entry = event.data
    try:
        with transaction.atomic():
            if not _is_new(message_id, event.type, entry.id, entry.version):
                return Outcome.DUPLICATE
            return _outcome(message_id, waitlist_entry_mirror(snapshot=entry))
    except UnknownCustomerError:
        # No account is ever made under an id that somebody else has chosen, so no repeat could succeed. If the
        # account comes back from a backup, its places in line are read from ticket.
        log.warning("webhook.customer_unknown", webhook_id=message_id, type=event.type)
        return Outcome.IGNORED


def _is_new(message_id: str, kind: str, subject_id: UUID, version: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [message_id, kind, subject_id, version, Outcome.APPLIED.value])
        return bool(cursor.rowcount == 1)


def _outcome(message_id: str, applied: bool) -> Outcome:
    if applied:
        return Outcome.APPLIED
    InboxMessage.objects.filter(id=message_id).update(outcome=Outcome.IGNORED)
    return Outcome.IGNORED
