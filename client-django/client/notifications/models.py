import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from client.notifications.kinds import NotificationKind


class EmailState(models.TextChoices):
    NONE = "NONE", "In-app only"
    PENDING = "PENDING", "To be sent"
    SENT = "SENT", "Sent"
    GIVEN_UP = "GIVEN_UP", "Given up"


class Notification(models.Model):
    """A message to one user, stored once per cause. Some messages are also sent by e-mail."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # `notifications_of_user` begins with the user as well.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    cause = models.CharField(max_length=160, unique=True, help_text="What it is about; a second one is never made.")
    kind = models.CharField(max_length=24, choices=NotificationKind.choices)
    title = models.TextField()
    body = models.TextField()
    booking_id = models.UUIDField(null=True)
    waitlist_entry_id = models.UUIDField(null=True)
    read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    email_state = models.CharField(max_length=10, choices=EmailState.choices, default=EmailState.NONE)
    email_attempts = models.PositiveSmallIntegerField(default=0)
    email_due_at = models.DateTimeField(null=True)
    # The ids of the request that made the message; its e-mail's log lines and calls carry them on.
    request_id = models.TextField(db_default="", editable=False)
    traceparent = models.TextField(db_default="", editable=False)
    document_url = models.TextField(
        db_default="",
        editable=False,
        help_text="The link to the document that made the e-mail due, for minutes; empty once it was sent.",
    )

    class Meta:
        indexes = [
            # For a user's list, newest first.
            models.Index(fields=["user", "-created_at", "-id"], name="notifications_of_user"),
            # For the timeline of a booking.
            models.Index(fields=["booking_id"], name="notifications_of_booking"),
            # For the worker, which sends due mails.
            models.Index(fields=["email_due_at"], name="emails_due", condition=Q(email_state=EmailState.PENDING)),
            # For the cleanup, oldest first. No BRIN index: rows are changed when they are read and when their mail is
            # sent, and new rows take the places of deleted ones, so age and place in the table soon have little in
            # common.
            models.Index(fields=["created_at"], name="notifications_by_age"),
        ]

    def __str__(self) -> str:
        return self.title
