"""Stores what all replicas of the HTTP interface share between requests."""

import uuid

from django.db import models


class IdempotencyKey(models.Model):
    """The first request that a caller made with a key, and its answer once there is one. Kept for 24 hours."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    """The id of the booking that the request creates, so that a repeat finds the booking after a crash."""
    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)
    """Null while the first request is running."""
    body = models.TextField(null=True)
    """The answer as JSON text: as text, PostgreSQL can store any character of it."""
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_answer_per_caller_and_key")]
        # For the cleanup.
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key


class ThrottleWindow(models.Model):
    """How many calls a caller made in one window of time, counted over all replicas."""

    key = models.CharField(max_length=160, primary_key=True)
    window = models.BigIntegerField(help_text="When the window began, in Unix seconds.")
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class KnownAddress(models.Model):
    """An address from which somebody has signed in to an account. `key` is a keyed hash of both; neither is stored."""

    key = models.CharField(max_length=64, primary_key=True)
    seen_at = models.DateTimeField(help_text="When somebody last signed in from it, to the day.")

    class Meta:
        # For the cleanup.
        indexes = [models.Index(fields=["seen_at"], name="known_addresses_by_age")]

    def __str__(self) -> str:
        return self.key
