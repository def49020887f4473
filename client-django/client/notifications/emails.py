"""Sends the e-mails of notifications at least once. Each attempt takes a lease: if its worker dies, the mail is due
again.
"""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.utils import timezone

from client.notifications.email_messages import DocumentMissingError, email_message
from client.notifications.models import EmailState, Notification
from client.observability import context
from client.observability.metrics import WORK_FAILURES
from client.outgoing.deadline import within

MAX_ATTEMPTS = 12
# After about a minute, a confirmation goes out with the link instead of the PDF.
WITHOUT_DOCUMENT_FROM = 6
MAIL_SECONDS = 20.0
"""How long one mail may take in all: link, download and every exchange with the mail server."""
OPEN_SECONDS = 5.0
CLOSE_SECONDS = 1.0
LEASE = timedelta(minutes=2)
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


# These errors pass without our help: mail server or object store do not answer, or ticket has no document yet.
EXPECTED = (OSError, smtplib.SMTPException, DocumentMissingError)


class MailServerUnreachableError(Exception):
    """The mail server accepts no connection, or does not greet in time. No mail was tried."""


class EmailOutcome(StrEnum):
    SENT = "sent"
    LATER = "later"
    GIVEN_UP = "given-up"
    NOT_DUE = "not-due"
    """Another worker has claimed the mail, or it was sent before."""


class MailServer:
    """One connection to the mail server, which is opened when it is needed and again after a failure."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend = get_connection()

    def open(self) -> None:
        """Opens the connection unless it is open. Raises MailServerUnreachableError."""
        try:
            with within(OPEN_SECONDS):
                self.connection.open()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise MailServerUnreachableError(str(error)) from error

    def close(self) -> None:
        with suppress(OSError, smtplib.SMTPException), within(CLOSE_SECONDS):
            self.connection.close()


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Gives a connection for a batch of mails and closes it afterwards."""
    server = MailServer()
    try:
        yield server
    finally:
        server.close()


def email_send(*, notification_id: UUID, server: MailServer | None = None) -> EmailOutcome:
    """Makes one attempt to send the mail, if it is due, through `server` or a connection of its own."""
    attempt = _claim(notification_id)
    if attempt is None:
        return EmailOutcome.NOT_DUE
    notification = Notification.objects.select_related("user").get(id=notification_id)
    if not notification.user.is_active:
        return _finish(notification, EmailState.GIVEN_UP, EmailOutcome.GIVEN_UP)
    if attempt > MAX_ATTEMPTS:
        # The worker of the last attempt died.
        return _give_up(notification, MAX_ATTEMPTS)
    context.begin(request_id=notification.request_id, traceparent=notification.traceparent)
    try:
        with within(MAIL_SECONDS):
            email_message(
                notification,
                without_document=attempt >= WITHOUT_DOCUMENT_FROM,
                connection=server.connection if server else None,
            ).send()
    except EXPECTED as error:
        if server and not isinstance(error, DocumentMissingError):
            # The connection may be in the middle of an exchange; the next mail opens a new one.
            server.close()
        log.warning("email.postponed", notification_id=str(notification.id), attempt=attempt, error=str(error))
        return _postpone(notification, attempt)
    except Exception:
        # A mail that cannot be composed must not stop the other mails.
        WORK_FAILURES.labels("e-mails").inc()
        log.exception("email.failed", notification_id=str(notification.id), attempt=attempt)
        if server:
            server.close()
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
