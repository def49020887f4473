import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from client.domain.booking import BookingOrigin, BookingStatus, CancelReason, FailureReason, RefundStatus


class Booking(models.Model):
    """A booking as its buyer sees it. Ticket owns it; `version` is the newest version of ticket that was applied, 0 for
    none.

    Texts from ticket have no limit here, so that the length of a text never prevents a change of state.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # `bookings_of_user` begins with the user as well.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bookings", db_index=False
    )
    version = models.BigIntegerField(default=0)
    status = models.CharField(max_length=20, choices=BookingStatus.choices, default=BookingStatus.REQUESTED)
    failure_reason = models.CharField(max_length=24, choices=FailureReason.choices, null=True)
    cancel_reason = models.CharField(max_length=16, choices=CancelReason.choices, null=True)
    origin = models.CharField(max_length=10, choices=BookingOrigin.choices, default=BookingOrigin.DIRECT)
    event_id = models.UUIDField()
    event = models.JSONField(help_text="What the event was called and where and when it is, as ticket last said.")
    seats = models.JSONField(help_text="Seats with section, row, number and price, as ticket last said.")
    amount = models.BigIntegerField(null=True, help_text="In minor units of the currency.")
    currency = models.TextField(null=True)
    invoice_number = models.TextField(null=True)
    payment_url = models.TextField(null=True)
    hold_expires_at = models.DateTimeField(null=True)
    refund_status = models.CharField(max_length=10, choices=RefundStatus.choices, null=True)
    document_kind = models.CharField(max_length=16, null=True)
    document_sha256 = models.TextField(null=True)
    waitlist_entry_id = models.UUIDField(null=True)
    next_check_at = models.DateTimeField(
        null=True, help_text="When the worker asks ticket, if no event arrives before."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    history = models.JSONField(
        default=list, db_default=[], help_text="Every change as this service saw it (`HistoryEntry`), the newest first."
    )

    class Meta:
        indexes = [
            # For a buyer's history, newest first.
            models.Index(fields=["user", "-created_at", "-id"], name="bookings_of_user"),
            # For staff's list, newest first, and for the bookings of one event.
            models.Index(fields=["-created_at", "-id"], name="bookings_newest_first"),
            models.Index(fields=["event_id", "-created_at"], name="bookings_of_event"),
            # For the reconciler, which looks for due bookings.
            models.Index(fields=["next_check_at"], name="bookings_due", condition=Q(next_check_at__isnull=False)),
            # For the worker, which cancels the unpaid bookings of closed accounts.
            models.Index(fields=["user"], name="bookings_unpaid", condition=Q(status=BookingStatus.AWAITING_PAYMENT)),
        ]
        constraints = [
            models.CheckConstraint(
                name="requested_has_a_deadline",
                condition=~Q(status=BookingStatus.REQUESTED) | Q(next_check_at__isnull=False),
            ),
            models.CheckConstraint(
                name="failed_says_why", condition=~Q(status=BookingStatus.FAILED) | Q(failure_reason__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    @property
    def ticket_available(self) -> bool:
        """Returns whether the booking has a document: the confirmation if it is booked, the notice if it ended
        otherwise.
        """
        return self.document_sha256 is not None


class BookingChange(models.Model):
    """One change of a booking, as earlier releases stored it; now it is an entry of the booking's `history`."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    actor = models.CharField(max_length=16, help_text="buyer, staff, ticket or reconciler")
    action = models.CharField(max_length=32)
    from_status = models.CharField(max_length=20, null=True)
    to_status = models.CharField(max_length=20, null=True)
    version = models.BigIntegerField()
    detail = models.TextField(default="")

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.action} {self.from_status} → {self.to_status}"
