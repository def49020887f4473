"""A webhook has its effect exactly once:
its inbox row is written in the transaction that applies it (DESIGN section 5).
"""

from uuid import UUID

from django.db import connection, transaction

from client.bookings.mirror import booking_mirror
from client.waitlist.services import waitlist_entry_mirror
from client.webhooks.models import InboxMessage
from client.webhooks.payloads import BookingUpdated, Envelope, WaitlistUpdated

RECORD = """
    INSERT INTO integrations_inboxmessage (id, type, subject_id, version, outcome, received_at)
    VALUES (%s, %s, %s, %s, 'applied', now())
    ON CONFLICT (id) DO NOTHING
"""


def message_receive(*, message_id: str, body: bytes) -> tuple[str, str]:
    """Type and outcome: `applied`, `ignored` (not newer, or of a type that we do not know) or `duplicate`.

    Raises pydantic.ValidationError when the body is unreadable and UnknownCustomerError when it is about nobody we
    know.
    """
    kind = Envelope.model_validate_json(body).type
    if kind == "booking.updated":
        booking = BookingUpdated.model_validate_json(body).data
        with transaction.atomic():
            if not _is_new(message_id, kind, booking.id, booking.version):
                return kind, "duplicate"
            return kind, _outcome(message_id, booking_mirror(snapshot=booking, source="webhook"))
    if kind == "waitlist.updated":
        entry = WaitlistUpdated.model_validate_json(body).data
        with transaction.atomic():
            if not _is_new(message_id, kind, entry.id, entry.version):
                return kind, "duplicate"
            return kind, _outcome(message_id, waitlist_entry_mirror(snapshot=entry))
    return "unknown", "ignored"


def _is_new(message_id: str, kind: str, subject_id: UUID, version: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [message_id, kind, subject_id, version])
        return bool(cursor.rowcount == 1)


def _outcome(message_id: str, applied: bool) -> str:
    if applied:
        return "applied"
    InboxMessage.objects.filter(id=message_id).update(outcome="ignored")
    return "ignored"
