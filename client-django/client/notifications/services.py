import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone

from client.accounts.models import User
from client.database.values import SqlValue
from client.domain.errors import NotFoundError
from client.notifications.kinds import NotificationKind
from client.notifications.models import Notification
from client.observability import context

# A cause notifies once. If its mail waits for what it needs and was not tried, a second message may only make it due
# earlier: the event that brings the document does.
STORE = """
    INSERT INTO notifications_notification AS kept
        (id, user_id, cause, kind, title, body, booking_id, waitlist_entry_id, created_at,
         email_state, email_attempts, email_due_at, request_id, traceparent, document_url)
    SELECT message.id, recipient.id, message.cause, message.kind, message.title, message.body, message.booking_id,
           message.waitlist_entry_id, %(now)s,
           CASE WHEN recipient.is_active AND message.email_due_at IS NOT NULL THEN 'PENDING' ELSE 'NONE' END, 0,
           CASE WHEN recipient.is_active THEN message.email_due_at END, %(request_id)s, %(traceparent)s,
           CASE WHEN recipient.is_active AND message.email_due_at IS NOT NULL THEN %(document_url)s ELSE '' END
    FROM accounts_user AS recipient,
         jsonb_to_recordset(%(messages)s) AS message
             (id uuid, cause text, kind text, title text, body text, booking_id uuid, waitlist_entry_id uuid,
              email_due_at timestamptz)
    WHERE recipient.id = {recipient}
    ON CONFLICT (cause) DO UPDATE SET email_due_at = excluded.email_due_at, document_url = excluded.document_url
    WHERE kept.email_state = 'PENDING' AND kept.email_attempts = 0 AND excluded.email_due_at < kept.email_due_at
"""
STORE_ONE = STORE.format(recipient="%(user_id)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    kind: NotificationKind
    title: str
    body: str
    by_email: bool = False
    email_after: timedelta = timedelta(0)
    """How long its e-mail waits for what it needs, unless that comes earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CausedMessage:
    """A message with what it is about."""

    cause: str
    message: Message
    booking_id: UUID | None = None
    waitlist_entry_id: UUID | None = None


def notification_create(*, user: User, caused: CausedMessage) -> bool:
    """Stores the message once per cause; the row also makes its e-mail due. Returns False if the cause exists."""
    with connection.cursor() as cursor:
        cursor.execute(STORE_ONE, {**store_values([caused], now=timezone.now()), "user_id": user.id})
        return bool(cursor.rowcount == 1)


def store_values(messages: Iterable[CausedMessage], *, now: datetime, document_url: str = "") -> dict[str, SqlValue]:
    """Returns the parameters of STORE for these messages of the running request; `document_url` is a link for their
    e-mails, if there is one.
    """
    return {
        "messages": json.dumps([_row(each, now) for each in messages]),
        "now": now,
        "request_id": context.request_id(),
        "traceparent": context.traceparent(),
        "document_url": document_url,
    }


def _row(caused: CausedMessage, now: datetime) -> dict[str, str | None]:
    message = caused.message
    return {
        "id": str(uuid4()),
        "cause": caused.cause,
        "kind": message.kind.value,
        "title": message.title,
        "body": message.body,
        "booking_id": str(caused.booking_id) if caused.booking_id else None,
        "waitlist_entry_id": str(caused.waitlist_entry_id) if caused.waitlist_entry_id else None,
        "email_due_at": (now + message.email_after).isoformat() if message.by_email else None,
    }


def notification_read(*, user: User, notification_id: UUID) -> Notification:
    """Marks a notification as read; a repeat keeps the first time. Raises NotFoundError."""
    mine = Notification.objects.filter(user=user, id=notification_id)
    mine.filter(read_at=None).update(read_at=timezone.now())
    notification = mine.first()
    if notification is None:
        raise NotFoundError
    return notification


def notification_read_all(*, user: User) -> int:
    return Notification.objects.filter(user=user, read_at=None).update(read_at=timezone.now())
