"""Sends the e-mails of notifications at least once. Each attempt takes a lease: if its worker dies, the mail is due
again.
"""

import hashlib
import smtplib
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.core.mail import EmailMessage
from django.db import connection
from django.utils import timezone
from servicekit.text import put_on_one_line

from client.domain.errors import DomainError
from client.notifications.kinds import NotificationKind
from client.notifications.models import EmailState, Notification
from client.observability import context
from client.observability.metrics import WORK_FAILURES
from client.outgoing.download import DownloadError, download
from client.ticket_api import calls as ticket
from config.env import environment

MAX_ATTEMPTS = 12
# After about a minute, a confirmation goes out with the link instead of the PDF.
WITHOUT_DOCUMENT_FROM = 6
LEASE = timedelta(minutes=2)
DOCUMENT_LIMIT = 5 * 1024 * 1024
DOWNLOAD_SECONDS = 10.0
log = structlog.get_logger("client.emails")

# No attempt follows the last one. Its lease ends only if its worker died; then the mail is given up.
CLAIM = """
    WITH before AS (
        SELECT id, email_attempts FROM notifications_notification
        WHERE id = %(id)s AND email_state = 'PENDING' AND email_due_at <= %(now)s FOR UPDATE
    )
    UPDATE notifications_notification AS mail
    SET email_attempts = least(before.email_attempts + 1, %(most)s), email_due_at = %(until)s
    FROM before WHERE mail.id = before.id
    RETURNING before.email_attempts + 1
"""


class DocumentMissingError(Exception):
    """The PDF is missing, or its checksum does not match."""


# These errors pass without our help: mail server or object store do not answer, or ticket has no document yet.
EXPECTED = (OSError, smtplib.SMTPException, DocumentMissingError)


class EmailOutcome(StrEnum):
    SENT = "sent"
    LATER = "later"
    GIVEN_UP = "given-up"
    NOT_DUE = "not-due"
    """Another worker has claimed the mail, or it was sent before."""


def email_send(*, notification_id: UUID) -> EmailOutcome:
    """Makes one attempt to send the mail, if it is due."""
    attempt = _claim(notification_id)
    if attempt is None:
        return EmailOutcome.NOT_DUE
    notification = Notification.objects.select_related("user").get(id=notification_id)
    if not notification.user.is_active:
        return _finish(notification, EmailState.GIVEN_UP, EmailOutcome.GIVEN_UP)
    if attempt > MAX_ATTEMPTS:
        # The worker of the last attempt died.
        return _give_up(notification, MAX_ATTEMPTS)
    try:
        _compose(notification, without_document=attempt >= WITHOUT_DOCUMENT_FROM).send()
    except EXPECTED as error:
        log.warning("email.postponed", notification_id=str(notification.id), attempt=attempt, error=str(error))
        return _postpone(notification, attempt)
    except Exception:
        # A mail that cannot be composed must not stop the other mails.
        WORK_FAILURES.labels("e-mails").inc()
        log.exception("email.failed", notification_id=str(notification.id), attempt=attempt)
        return _postpone(notification, attempt)
    return _finish(notification, EmailState.SENT, EmailOutcome.SENT)


def emails_due() -> list[UUID]:
    """Returns the notifications whose mail is due."""
    due = Notification.objects.filter(email_state=EmailState.PENDING, email_due_at__lte=timezone.now())
    return list(due.order_by("email_due_at").values_list("id", flat=True)[:50])


def _claim(notification_id: UUID) -> int | None:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"id": notification_id, "now": now, "until": now + LEASE, "most": MAX_ATTEMPTS})
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _compose(notification: Notification, *, without_document: bool) -> EmailMessage:
    link = f"{environment().frontend_url}/bookings"
    if notification.booking_id:
        link += f"?booking_id={notification.booking_id}"
    user = notification.user
    message = EmailMessage(
        subject=put_on_one_line(notification.title),
        body=f"Hello {user.name},\n\n{notification.body}\n\nYour bookings: {link}\n",
        to=[user.email],
        headers={"X-Notification-ID": str(notification.id)},
    )
    confirmation = notification.kind == NotificationKind.BOOKING_CONFIRMED
    if confirmation and notification.booking_id and not without_document:
        message.attach("ticket.pdf", _document(notification.booking_id), "application/pdf")
    return message


def _document(booking_id: UUID) -> bytes:
    """Downloads the PDF through a new link and checks its SHA-256. Raises DocumentMissingError."""
    try:
        link = ticket.fetch_document_link(booking_id)
        address, headers = _reachable(link.url)
        content = download(address, headers=headers, seconds=DOWNLOAD_SECONDS, limit=DOCUMENT_LIMIT)
    except (DomainError, DownloadError) as error:
        raise DocumentMissingError(str(error)) from error
    if link.kind != "CONFIRMATION" and link.kind is not None:
        raise DocumentMissingError("the confirmation is not there yet")
    if hashlib.sha256(content).hexdigest() != link.sha256:
        raise DocumentMissingError("the document is not what its checksum says")
    return content


def _reachable(url: str) -> tuple[str, dict[str, str]]:
    """Returns the address and headers for the download. The signature covers the public host name, which stays in the
    Host header.
    """
    headers = {"traceparent": context.traceparent()}
    store = environment().document_store_url
    if not store:
        return url, headers
    public, inside = urlsplit(url), urlsplit(store)
    address = public._replace(scheme=inside.scheme, netloc=inside.netloc).geturl()
    return address, {**headers, "Host": public.netloc}


def _postpone(notification: Notification, attempt: int) -> EmailOutcome:
    if attempt >= MAX_ATTEMPTS:
        return _give_up(notification, attempt)
    wait = timedelta(seconds=min(2**attempt, 600))
    Notification.objects.filter(id=notification.id).update(email_due_at=timezone.now() + wait)
    return EmailOutcome.LATER


def _give_up(notification: Notification, attempt: int) -> EmailOutcome:
    """Gives the mail up. Staff see it in the administration, and the user still has the notification in the app."""
    log.error("email.given_up", notification_id=str(notification.id), attempt=attempt)
    return _finish(notification, EmailState.GIVEN_UP, EmailOutcome.GIVEN_UP)


def _finish(notification: Notification, state: EmailState, outcome: EmailOutcome) -> EmailOutcome:
    Notification.objects.filter(id=notification.id).update(email_state=state, email_due_at=None)
    return outcome
