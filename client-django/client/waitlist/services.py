"""Joins and leaves queues at ticket for users, and notifies users of changes."""

import json
from collections.abc import Mapping
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from pydantic import HttpUrl

from client.accounts.customer import customer_of
from client.accounts.errors import UnknownCustomerError
from client.accounts.models import User
from client.database.values import SqlValue
from client.domain.errors import NotFoundError
from client.outgoing.deadline import within
from client.ticket_api import calls as ticket
from client.ticket_api.models import TicketWaitlistEntry, TicketWaitlistPage
from client.waitlist.models import WaitlistEntry
from client.waitlist.signals import waitlist_entry_changed
from config.env import environment

APPLY = """
    INSERT INTO waitlist_waitlistentry AS kept
        (id, user_id, version, status, seat_id, event_id, event, booking_id, updated_at)
    VALUES (%(id)s, %(user_id)s, %(version)s, %(status)s, %(seat_id)s, %(event_id)s, %(event)s, %(booking_id)s, %(now)s)
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, status = excluded.status, event = excluded.event,
        booking_id = excluded.booking_id, updated_at = excluded.updated_at
    WHERE kept.version < excluded.version
    RETURNING (SELECT before.event FROM waitlist_waitlistentry AS before WHERE before.id = kept.id)
"""


def waitlist_join(*, user: User, seat_id: UUID, key: UUID) -> TicketWaitlistEntry:
    """Joins the queue of a taken seat. Ticket may refuse with `seat-open`, `seat-already-yours` or `already-queued`."""
    request = ticket.WaitlistRequest(
        seat_id=seat_id, customer=customer_of(user), return_url=HttpUrl(f"{environment().frontend_url}/bookings")
    )
    entry = ticket.join_waitlist(request, key=key)
    waitlist_entry_mirror(snapshot=entry)
    return entry


def waitlist_list(*, user: User, cursor: str | None, limit: int) -> TicketWaitlistPage:
    return ticket.fetch_waitlist(user.id, cursor=cursor, limit=limit)


def waitlist_get(*, user: User, entry_id: UUID) -> TicketWaitlistEntry:
    """Returns one waitlist entry. Raises NotFoundError for another user's entry as for a missing one; staff may read
    all.
    """
    entry = ticket.fetch_waitlist_entry(entry_id)
    if entry.customer.id != user.id and not user.is_staff:
        raise NotFoundError
    return entry


def waitlist_leave(*, user: User, entry_id: UUID) -> None:
    with within(environment().ticket_change_seconds):
        waitlist_get(user=user, entry_id=entry_id)
        snapshot = ticket.leave_waitlist(entry_id)
    waitlist_entry_mirror(snapshot=snapshot)


def waitlist_entry_mirror(*, snapshot: TicketWaitlistEntry) -> bool:
    """Applies ticket's snapshot unless a newer one was applied, and notifies the user. Raises UnknownCustomerError."""
    user = User.objects.filter(id=snapshot.customer.id).first()
    if user is None:
        raise UnknownCustomerError
    values: Mapping[str, SqlValue] = {
        "id": snapshot.id,
        "user_id": user.id,
        "version": snapshot.version,
        "status": snapshot.status.value,
        "seat_id": snapshot.seat.id,
        "event_id": snapshot.event.id,
        "event": json.dumps(snapshot.event.model_dump(mode="json")),
        "booking_id": snapshot.booking_id,
        "now": timezone.now(),
    }
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute(APPLY, values)
            replaced = cursor.fetchone()
        if replaced is not None:
            previous_event = json.loads(replaced[0]) if replaced[0] else None
            waitlist_entry_changed.send(sender=WaitlistEntry, user=user, entry=snapshot, previous_event=previous_event)
    return replaced is not None
