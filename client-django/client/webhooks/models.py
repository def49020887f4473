from django.db import models


class InboxMessage(models.Model):
    """A webhook event that was applied or ignored. A repeat of the same id changes nothing."""

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(max_length=64)
    subject_id = models.UUIDField(null=True)
    version = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=16)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "received webhook"
        indexes = [
            # For the administration, newest first, and for the cleanup, oldest first.
            models.Index(fields=["received_at"], name="inbox_by_time"),
            models.Index(fields=["subject_id"], name="inbox_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
