from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from client.accounts.models import User
from client.api import context
from client.errors import NotFoundError
from client.notifications.kinds import NotificationKind
from client.notifications.models import EmailState, Notification
from client.notifications.tasks import send_email


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    kind: NotificationKind
    title: str
    body: str
    by_email: bool = False


def notification_create(
    *, user: User, cause: str, message: Message, booking_id: UUID | None = None, waitlist_entry_id: UUID | None = None
) -> bool:
    """Once per cause: False when there is one already.

    The job that sends the e-mail is enqueued in the same transaction.
    """
    by_email = message.by_email and user.is_active
    now = timezone.now()
    try:
        with transaction.atomic():
            made = Notification.objects.create(
                user=user,
                cause=cause,
                kind=message.kind,
                title=message.title,
                body=message.body,
                booking_id=booking_id,
                waitlist_entry_id=waitlist_entry_id,
                created_at=now,
                email_state=EmailState.PENDING if by_email else EmailState.NONE,
                email_due_at=now if by_email else None,
            )
            if by_email:
                send_email.enqueue(notification_id=str(made.id), request_id=context.request_id())
    except IntegrityError:
        if Notification.objects.filter(cause=cause).exists():
            return False
        raise
    return True


def notification_read(*, user: User, notification_id: UUID) -> Notification:
    """Marks as read; the time of the first reading stays."""
    mine = Notification.objects.filter(user=user, id=notification_id)
    mine.filter(read_at=None).update(read_at=timezone.now())
    notification = mine.first()
    if notification is None:
        raise NotFoundError
    return notification


def notification_read_all(*, user: User) -> int:
    return Notification.objects.filter(user=user, read_at=None).update(read_at=timezone.now())
