"""The jobs of the worker."""

from uuid import UUID

from django_tasks import task

from client.notifications.emails import email_send
from client.observability import context


@task()
def send_email(notification_id: str, request_id: str, traceparent: str = "") -> str:
    """Sends the e-mail of a notification. A mail that fails stays due, and the worker's loop tries it again."""
    context.begin(request_id=request_id, traceparent=traceparent)
    return email_send(notification_id=UUID(notification_id)).value
