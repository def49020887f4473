"""Applies each webhook event exactly once: its inbox row is written in the transaction that applies it
(docs/booking.md, Webhooks)."""

from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction

from client.bookings.mirror import Source, booking_mirror
from client.waitlist.services import waitlist_entry_mirror
from client.webhooks.models import InboxMessage
from client.webhooks.payloads import BookingUpdated, Envelope, WaitlistUpdated

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

    Raises pydantic.ValidationError for an unreadable body, and UnknownCustomerError.
    """
    kind = Envelope.model_validate_json(body).type
    if kind == "booking.updated":
        booking = BookingUpdated.model_validate_json(body).data
        with transaction.atomic():
            if not _is_new(message_id, kind, booking.id, booking.version):
                return kind, Outcome.DUPLICATE
            return kind, _outcome(message_id, booking_mirror(snapshot=booking, source=Source.WEBHOOK))
    if kind == "waitlist.updated":
        entry = WaitlistUpdated.model_validate_json(body).data
        with transaction.atomic():
            if not _is_new(message_id, kind, entry.id, entry.version):
                return kind, Outcome.DUPLICATE
            return kind, _outcome(message_id, waitlist_entry_mirror(snapshot=entry))
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
