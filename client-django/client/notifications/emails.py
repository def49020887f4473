"""E-mails of notifications:
sent at least once, each attempt with a lease, so that a worker that dies gives its mail back.
"""

import hashlib
import smtplib
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import structlog
from django.core.mail import EmailMessage
from django.db import connection
from django.utils import timezone

from client.api import context
from client.errors import DomainError
from client.integrations.ticket import api as ticket
from client.notifications.kinds import NotificationKind
from client.notifications.models import EmailState, Notification
from config.env import environment

MAX_ATTEMPTS = 12
# A confirmation does not wait for its PDF for ever: after about a minute it goes out with the link alone.
WITHOUT_DOCUMENT_FROM = 6
LEASE = timedelta(minutes=2)
DOCUMENT_LIMIT = 5 * 1024 * 1024
log = structlog.get_logger("client.emails")

TAKE = """
    UPDATE notifications_notification SET email_attempts = email_attempts + 1, email_due_at = %(until)s
    WHERE id = %(id)s AND email_state = 'PENDING' AND email_due_at <= %(now)s
    RETURNING email_attempts
"""


class DocumentMissingError(Exception):
    """The PDF is not there yet, or not what its checksum says."""


def email_send(*, notification_id: UUID) -> str:
    """`sent`, `later`, `given-up`, or `not-due` when another worker has it or it went out before."""
    attempt = _take(notification_id)
    if attempt is None:
        return "not-due"
    notification = Notification.objects.select_related("user").get(id=notification_id)
    if not notification.user.is_active:
        return _finish(notification, EmailState.GIVEN_UP, "given-up")
    try:
        message = _compose(notification, without_document=attempt >= WITHOUT_DOCUMENT_FROM)
        message.send()
    except (OSError, smtplib.SMTPException, DocumentMissingError) as error:
        return _try_later(notification, attempt, error)
    return _finish(notification, EmailState.SENT, "sent")


def emails_due() -> list[UUID]:
    """Mails whose time has come again."""
    due = Notification.objects.filter(email_state=EmailState.PENDING, email_due_at__lte=timezone.now())
    return list(due.order_by("email_due_at").values_list("id", flat=True)[:50])


def _take(notification_id: UUID) -> int | None:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"id": notification_id, "now": now, "until": now + LEASE})
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _compose(notification: Notification, *, without_document: bool) -> EmailMessage:
    link = f"{environment().frontend_url}/bookings"
    if notification.booking_id:
        link += f"?booking_id={notification.booking_id}"
    user = notification.user
    message = EmailMessage(
        subject=notification.title,
        body=f"Hello {user.name},\n\n{notification.body}\n\nYour bookings: {link}\n",
        to=[user.email],
        headers={"X-Notification-ID": str(notification.id)},
    )
    confirmation = notification.kind == NotificationKind.BOOKING_CONFIRMED
    if confirmation and notification.booking_id and not without_document:
        message.attach("ticket.pdf", _document(notification.booking_id), "application/pdf")
    return message


def _document(booking_id: UUID) -> bytes:
    """The PDF itself, by a fresh link, checked against its SHA-256."""
    try:
        link = ticket.booking_link(booking_id)
        address, headers = _reachable(link.url)
        response = httpx.get(address, headers=headers, timeout=10)
        response.raise_for_status()
    except (DomainError, httpx.HTTPError) as error:
        raise DocumentMissingError(str(error)) from error
    if link.kind != "CONFIRMATION" and link.kind is not None:
        raise DocumentMissingError("the confirmation is not there yet")
    if len(response.content) > DOCUMENT_LIMIT or hashlib.sha256(response.content).hexdigest() != link.sha256:
        raise DocumentMissingError("the document is not what its checksum says")
    return response.content


def _reachable(url: str) -> tuple[str, dict[str, str]]:
    """Address and headers. The link's signature covers its public host name, so that stays in the Host header."""
    headers = {"traceparent": context.traceparent()}
    store = environment().document_store_url
    if not store:
        return url, headers
    public, inside = urlsplit(url), urlsplit(store)
    address = public._replace(scheme=inside.scheme, netloc=inside.netloc).geturl()
    return address, {**headers, "Host": public.netloc}


def _try_later(notification: Notification, attempt: int, error: Exception) -> str:
    log.warning("e-mail not sent", notification_id=str(notification.id), attempt=attempt, error=str(error))
    if attempt > MAX_ATTEMPTS:
        return _finish(notification, EmailState.GIVEN_UP, "given-up")
    wait = timedelta(seconds=min(2**attempt, 600))
    Notification.objects.filter(id=notification.id).update(email_due_at=timezone.now() + wait)
    return "later"


def _finish(notification: Notification, state: EmailState, outcome: str) -> str:
    Notification.objects.filter(id=notification.id).update(email_state=state, email_due_at=None)
    return outcome
