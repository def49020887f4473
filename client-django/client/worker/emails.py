"""The loop that sends due e-mails."""

from uuid import UUID

from client.notifications.emails import EmailOutcome, email_send, emails_due
from client.worker.item_loop import IsStopping, process_each


def emails_send_due(*, is_stopping: IsStopping = lambda: False) -> int:
    """Sends all due e-mails. Returns how many were sent."""
    return process_each("e-mails", emails_due(), _is_sent, is_stopping=is_stopping).done


def _is_sent(notification_id: UUID) -> bool:
    return email_send(notification_id=notification_id) == EmailOutcome.SENT
