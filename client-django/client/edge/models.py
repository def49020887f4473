"""What the HTTP interface has to remember between requests, for all replicas together."""

import uuid

from django.db import models


class IdempotencyKey(models.Model):
    """The first request that a caller made with a key, and its answer once there is one. Kept for 24 hours."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    """Also the id of the booking that the request makes, so that a repeat after a crash finds it."""
    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)
    """Null while the first request is running."""
    body = models.TextField(null=True)
    """JSON as it was answered; as text, so that nothing in it can fail to be stored."""
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_answer_per_caller_and_key")]
        # The daily cleaning.
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key


class ThrottleWindow(models.Model):
    """How often a caller came in one window of time, counted over all replicas."""

    key = models.CharField(max_length=160, primary_key=True)
    window = models.BigIntegerField(help_text="When the window began, in Unix seconds.")
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
