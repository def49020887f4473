"""Applies each webhook event exactly once (docs/booking.md, Webhooks).

An event about a booking is applied only if its version is newer, by one statement, which also stores the event's id in
the booking's history: a repeat can change nothing, and is recognised. An event about a waitlist entry has an inbox row,
written in the transaction that applies it.
"""

from enum import StrEnum
from uuid import UUID

import structlog
from django.db import connection, transaction

from client.accounts.errors import UnknownCustomerError
from client.bookings.history import history_has_message
from client.bookings.mirror import Source, booking_mirror
from client.waitlist.services import waitlist_entry_mirror
from client.webhooks.models import InboxMessage
from client.webhooks.payloads import BookingUpdated, Envelope, WaitlistUpdated

log = structlog.get_logger("client.webhooks")

RECORD = """
    INSERT INTO integrations_inboxmessage (id, type, subject_id, version, outcome, received_at)
    VALUES (%s, %s, %s, %s, %s, now())
    ON CONFLICT (id) DO NOTHING
"""


class Outcome(StrEnum):
    APPLIED = "applied"
    IGNORED = "ignored"
    """The event is not newer than what was applied, or its type is unknown."""
    DUPLICATE = "duplicate"


def event_receive(*, message_id: str, body: bytes) -> tuple[str, Outcome]:
    """Applies an event and returns its type and the outcome.

    Raises pydantic.ValidationError for an unreadable body, and UnknownCustomerError for a booking: staff shall see
    that somebody may have paid who has no account. A place in line of such a customer is ignored.
    """
    kind = Envelope.model_validate_json(body).type
    if kind == "booking.updated":
        booking = BookingUpdated.model_validate_json(body).data
        if booking_mirror(snapshot=booking, source=Source.WEBHOOK, message_id=message_id):
            return kind, Outcome.APPLIED
        is_repeat = history_has_message(booking_id=booking.id, message_id=message_id)
        return kind, Outcome.DUPLICATE if is_repeat else Outcome.IGNORED
    if kind == "waitlist.updated":
        entry = WaitlistUpdated.model_validate_json(body).data
        try:
            with transaction.atomic():
                if not _is_new(message_id, kind, entry.id, entry.version):
                    return kind, Outcome.DUPLICATE
                return kind, _outcome(message_id, waitlist_entry_mirror(snapshot=entry))
        except UnknownCustomerError:
            # No account is ever made under an id that somebody else has chosen, so no repeat could succeed. If the
            # account comes back from a backup, its places in line are read from ticket.
            log.warning("webhook.customer_unknown", webhook_id=message_id, type=kind)
            return kind, Outcome.IGNORED
    return "unknown", Outcome.IGNORED


def _is_new(message_id: str, kind: str, subject_id: UUID, version: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [message_id, kind, subject_id, version, Outcome.APPLIED.value])
        return bool(cursor.rowcount == 1)


def _outcome(message_id: str, applied: bool) -> Outcome:
    if applied:
        return Outcome.APPLIED
    InboxMessage.objects.filter(id=message_id).update(outcome=Outcome.IGNORED)
    return Outcome.IGNORED
