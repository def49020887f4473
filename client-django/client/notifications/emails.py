"""Sends the e-mails of notifications at least once, one at a time through one connection to the mail server."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from client.notifications.email_messages import DocumentMissingError, email_message
from client.notifications.email_rows import MAX_ATTEMPTS, ClaimedEmail, Tried
from client.observability import context
from client.observability.metrics import WORK_FAILURES
from client.outgoing.deadline import within

# After about a minute, a confirmation goes out with the link instead of the PDF.
WITHOUT_DOCUMENT_FROM = 6
MAIL_SECONDS = 20.0
"""How long one mail may take in all: link, download and every exchange with the mail server."""
OPEN_SECONDS = 5.0
CLOSE_SECONDS = 1.0
log = structlog.get_logger("client.emails")

# These errors pass without our help: mail server or object store do not answer, or ticket has no document yet.
EXPECTED = (OSError, smtplib.SMTPException, DocumentMissingError)


class MailServerUnreachableError(Exception):
    """The mail server accepts no connection, or does not greet in time. No mail was tried."""


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


def email_try(mail: ClaimedEmail, server: MailServer) -> Tried:
    """Makes one attempt to send a claimed mail and returns what became of it."""
    with context.within(request_id=mail.request_id, traceparent=mail.traceparent):
        if not mail.recipient_is_active:
            return Tried.given_up(mail)
        if mail.attempt > MAX_ATTEMPTS:
            # The worker of the last attempt died.
            return _give_up(mail)
        try:
            with within(MAIL_SECONDS):
                without_document = mail.attempt >= WITHOUT_DOCUMENT_FROM
                email_message(mail, without_document=without_document, connection=server.connection).send()
        except EXPECTED as error:
            if not isinstance(error, DocumentMissingError):
                # The connection may be in the middle of an exchange; the next mail opens a new one.
                server.close()
            log.warning("email.postponed", notification_id=str(mail.id), attempt=mail.attempt, error=str(error))
            return _postpone(mail)
        except Exception:
            # A mail that cannot be composed must not stop the other mails.
            WORK_FAILURES.labels("e-mails").inc()
            log.exception("email.failed", notification_id=str(mail.id), attempt=mail.attempt)
            server.close()
            return _postpone(mail)
        return Tried.sent(mail)


def _postpone(mail: ClaimedEmail) -> Tried:
    return _give_up(mail) if mail.attempt >= MAX_ATTEMPTS else Tried.later(mail)


def _give_up(mail: ClaimedEmail) -> Tried:
    """Gives the mail up. Staff see it in the administration, and the user still has the notification in the app."""
    log.error("email.given_up", notification_id=str(mail.id), attempt=min(mail.attempt, MAX_ATTEMPTS))
    return Tried.given_up(mail)
