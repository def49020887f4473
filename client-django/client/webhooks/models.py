from django.db import models


class InboxMessage(models.Model):
    """A webhook that was applied or ignored; a second arrival of the same id changes nothing (DESIGN section 5)."""

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(max_length=64)
    subject_id = models.UUIDField(null=True)
    version = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=16)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "received webhook"
        indexes = [
            # Administration: the newest first; the daily cleaning: the oldest.
            models.Index(fields=["received_at"], name="inbox_by_time"),
            models.Index(fields=["subject_id"], name="inbox_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
