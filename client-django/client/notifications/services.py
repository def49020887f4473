from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone

from client.accounts.models import User
from client.database.values import SqlValue
from client.domain.errors import NotFoundError
from client.notifications.kinds import NotificationKind
from client.notifications.models import EmailState, Notification
from client.observability import context

CREATE = """
    INSERT INTO notifications_notification
        (id, user_id, cause, kind, title, body, booking_id, waitlist_entry_id, created_at,
         email_state, email_attempts, email_due_at, request_id, traceparent)
    VALUES (%(id)s, %(user_id)s, %(cause)s, %(kind)s, %(title)s, %(body)s, %(booking_id)s, %(waitlist_entry_id)s,
            %(now)s, %(email_state)s, 0, %(email_due_at)s, %(request_id)s, %(traceparent)s)
    ON CONFLICT (cause) DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    kind: NotificationKind
    title: str
    body: str
    by_email: bool = False
    email_after: timedelta = timedelta(0)
    """How long its e-mail waits for what it needs (`email_release`)."""


def notification_create(
    *, user: User, cause: str, message: Message, booking_id: UUID | None = None, waitlist_entry_id: UUID | None = None
) -> bool:
    """Stores the message once per cause; the row also makes its e-mail due. Returns False if the cause exists."""
    by_email = message.by_email and user.is_active
    now = timezone.now()
    values: dict[str, SqlValue] = {
        "id": uuid4(),
        "user_id": user.id,
        "cause": cause,
        "kind": message.kind.value,
        "title": message.title,
        "body": message.body,
        "booking_id": booking_id,
        "waitlist_entry_id": waitlist_entry_id,
        "now": now,
        "email_state": (EmailState.PENDING if by_email else EmailState.NONE).value,
        "email_due_at": now + message.email_after if by_email else None,
        "request_id": context.request_id(),
        "traceparent": context.traceparent(),
    }
    with connection.cursor() as cursor:
        cursor.execute(CREATE, values)
        return bool(cursor.rowcount == 1)


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
