from django.conf import settings
from django.db import models
from django.db.models import Q

from client.domain.waitlist import WaitlistStatus


class WaitlistEntry(models.Model):
    """The newest version of a waitlist entry that was applied, which prevents repeated notifications. Callers get
    ticket's answers instead, which have the current position.
    """

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="waitlist_entries")
    version = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=WaitlistStatus.choices)
    seat_id = models.UUIDField()
    event_id = models.UUIDField()
    event = models.JSONField(null=True, help_text="As ticket last said, so that a change of it notifies the user.")
    booking_id = models.UUIDField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "waitlist entries"
        indexes = [
            # For the worker, which cancels the live entries of closed accounts.
            models.Index(
                fields=["user"],
                name="waitlist_live",
                condition=Q(status__in=(WaitlistStatus.WAITING, WaitlistStatus.OFFERED)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"
