"""Applies what ticket says about a booking, in one place. Only newer versions change anything."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from pydantic import JsonValue

from client.accounts.errors import UnknownCustomerError
from client.accounts.models import User
from client.bookings.deadlines import next_check
from client.bookings.history import Action, Actor, HistoryEntry, history_entry
from client.bookings.models import Booking
from client.bookings.signals import booking_changed
from client.bookings.store import booking_store, store_values
from client.database.values import SqlValue
from client.observability.metrics import BOOKINGS
from client.ticket_api.models import TicketBooking

# One statement decides between two snapshots that arrive at once: the row lock makes the second one wait, and
# PostgreSQL then checks the condition again. A late HOLDING cannot replace a failure that ticket itself has answered,
# in whatever order the two arrive. A snapshot that is not newer locks and writes nothing.
APPLY = """
    WITH before AS (
        SELECT id, status, version, event FROM bookings_booking
        WHERE id = %(id)s
          AND version < %(version)s
          AND NOT (%(status)s = 'HOLDING' AND status = 'FAILED' AND failure_reason <> 'TICKET_UNAVAILABLE')
          AND (%(may_change_event)s OR version = 0 OR event = %(event)s)
        FOR UPDATE
    )
    UPDATE bookings_booking AS booking SET
        version = %(version)s, status = %(status)s, failure_reason = %(failure_reason)s,
        cancel_reason = %(cancel_reason)s, origin = %(origin)s, event_id = %(event_id)s, event = %(event)s,
        seats = %(seats)s, amount = %(amount)s, currency = %(currency)s, invoice_number = %(invoice_number)s,
        payment_url = %(payment_url)s, hold_expires_at = %(hold_expires_at)s, refund_status = %(refund_status)s,
        document_kind = %(document_kind)s, document_sha256 = %(document_sha256)s,
        waitlist_entry_id = %(waitlist_entry_id)s, next_check_at = %(next_check_at)s, updated_at = %(updated_at)s,
        history = jsonb_build_array(
            %(entry)s::jsonb || jsonb_build_object(
                'from_status', CASE WHEN %(adopted)s THEN NULL ELSE before.status END,
                'action', CASE WHEN %(adopted)s THEN 'adopted' ELSE 'mirrored' END)) || booking.history
    FROM before
    WHERE booking.id = before.id
    RETURNING booking.id, booking.user_id, before.version AS previous_version, before.event AS previous_event
"""


class Source(StrEnum):
    """How a snapshot of ticket reached this service."""

    WEBHOOK = "webhook"
    ANSWER = "answer"
    REFRESH = "refresh"
    RECONCILER = "reconciler"


def booking_mirror(*, snapshot: TicketBooking, source: Source, message_id: str | None = None) -> bool:
    """Applies the snapshot, unless the same or a newer version was applied before. Returns whether it was applied.

    `message_id` is the id of the webhook that brought it. Raises UnknownCustomerError if the booking is new and its
    customer has no account.
    """
    values = apply_values(booking_of(snapshot, now=timezone.now()), entry=snapshot_entry(snapshot, source, message_id))
    values |= {"may_change_event": True}
    # A webhook's transaction gets no savepoint: a failure here undoes the webhook as a whole.
    with transaction.atomic(savepoint=False):
        replaced = _apply(values)
        adopted = replaced is None and not Booking.objects.filter(id=snapshot.id).exists()
        if adopted:
            _store_promoted(snapshot)
            replaced = _apply({**values, "adopted": True})
        if replaced is not None:
            BOOKINGS.labels(snapshot.status.value).inc()
            booking_publish(snapshot.id, replaced.previous_event)
    return replaced is not None


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a snapshot has replaced; `previous_event` is as ticket described the event before, None if it never did."""

    previous_event: Mapping[str, JsonValue] | None


def _apply(values: Mapping[str, SqlValue]) -> Replaced | None:
    """Returns None if the snapshot is not newer than what is stored."""
    with connection.cursor() as cursor:
        cursor.execute(APPLY, values)
        row = cursor.fetchone()
    if row is None:
        return None
    _, _, version, event = row
    return Replaced(json.loads(event) if version else None)


def _store_promoted(snapshot: TicketBooking) -> None:
    """Stores a promotion from the queue for its customer: ticket has made the booking."""
    if not User.objects.filter(id=snapshot.customer.id).exists():
        raise UnknownCustomerError
    values = store_values(
        origin=snapshot.origin,
        event_id=snapshot.event.id,
        event=snapshot.event.model_dump(mode="json"),
        seats=[seat.model_dump(mode="json") for seat in snapshot.seats],
        created_at=snapshot.created_at,
        history=[],
    )
    booking_store(booking_id=snapshot.id, user_id=snapshot.customer.id, values=values)


def snapshot_entry(snapshot: TicketBooking, source: Source, message_id: str | None = None) -> HistoryEntry:
    """Returns the entry for the history; the statement adds what only it knows: the status before, and the action."""
    reason = snapshot.failure_reason or snapshot.cancel_reason
    details = [f"by {source.value}"]
    details += [reason.value] if reason else []
    details += [f"refund {snapshot.refund_status.value}"] if snapshot.refund_status else []
    return history_entry(
        actor=Actor.TICKET,
        action=Action.MIRRORED,
        to_status=snapshot.status,
        version=snapshot.version,
        detail=", ".join(details),
        message_id=message_id,
    )


def booking_publish(booking_id: UUID, previous_event: Mapping[str, JsonValue] | None) -> None:
    booking = Booking.objects.select_related("user").get(id=booking_id)
    booking_changed.send(sender=Booking, booking=booking, previous_event=previous_event)


def booking_of(snapshot: TicketBooking, *, now: datetime) -> Booking:
    """Returns the booking as it is stored once the snapshot is applied, as far as the snapshot decides it."""
    document = snapshot.document
    return Booking(
        id=snapshot.id,
        version=snapshot.version,
        status=snapshot.status.value,
        failure_reason=snapshot.failure_reason.value if snapshot.failure_reason else None,
        cancel_reason=snapshot.cancel_reason.value if snapshot.cancel_reason else None,
        origin=snapshot.origin.value,
        event_id=snapshot.event.id,
        event=snapshot.event.model_dump(mode="json"),
        seats=[seat.model_dump(mode="json") for seat in snapshot.seats],
        amount=snapshot.amount,
        currency=snapshot.currency,
        invoice_number=snapshot.invoice_number,
        payment_url=snapshot.payment_url,
        hold_expires_at=snapshot.hold_expires_at,
        refund_status=snapshot.refund_status.value if snapshot.refund_status else None,
        document_kind=document.kind if document else None,
        document_sha256=document.sha256 if document else None,
        waitlist_entry_id=snapshot.waitlist_entry_id,
        next_check_at=next_check(
            status=snapshot.status,
            now=now,
            hold_expires_at=snapshot.hold_expires_at,
            refund_status=snapshot.refund_status,
            has_document=document is not None,
        ),
        updated_at=now,
    )


APPLIED_FIELDS = (
    "id", "version", "status", "failure_reason", "cancel_reason", "origin", "event_id", "amount", "currency",
    "invoice_number", "payment_url", "hold_expires_at", "refund_status", "document_kind", "document_sha256",
    "waitlist_entry_id", "next_check_at", "updated_at",
)  # fmt: skip


def apply_values(booking: Booking, *, entry: HistoryEntry) -> dict[str, SqlValue]:
    """Returns the parameters of APPLY for a booking that ticket has not just made. Unless `may_change_event` is True,
    a snapshot that describes the event otherwise than before is not applied.
    """
    return {
        **{name: getattr(booking, name) for name in APPLIED_FIELDS},
        "event": json.dumps(booking.event),
        "seats": json.dumps(booking.seats),
        "entry": json.dumps(entry),
        "adopted": False,
        "may_change_event": False,
    }
