"""The loop that sends due e-mails, one after the other through one connection."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from client.notifications.emails import EmailOutcome, MailServer, email_send, emails_due, mail_server
from client.worker.item_loop import IsStopping, process_each


def emails_send_due(*, is_stopping: IsStopping = lambda: False) -> int:
    """Sends all due e-mails. Returns how many were sent.

    Raises MailServerUnreachableError; the mails that were not tried stay due and lose no attempt.
    """
    with mail_server() as server:

        def is_sent(notification_id: UUID) -> bool:
            return email_send(notification_id=notification_id, server=server) == EmailOutcome.SENT

        return process_each("e-mails", _while_open(emails_due(), server), is_sent, is_stopping=is_stopping).done


def _while_open(due: Iterable[UUID], server: MailServer) -> Iterator[UUID]:
    for notification_id in due:
        server.open()
        yield notification_id
