"""The states of a booking as the buyer sees them. Ticket decides them and this service mirrors them.

Only `REQUESTED` (ticket has not answered yet) and `TICKET_UNAVAILABLE` (ticket never answered) belong to this service.
"""

from django.db import models


class BookingStatus(models.TextChoices):
    REQUESTED = "REQUESTED", "Requested"
    HOLDING = "HOLDING", "Holding"
    AWAITING_PAYMENT = "AWAITING_PAYMENT", "Awaiting payment"
    BOOKED = "BOOKED", "Booked"
    FAILED = "FAILED", "Failed"
    EXPIRED = "EXPIRED", "Expired"
    CANCELLED = "CANCELLED", "Cancelled"


class FailureReason(models.TextChoices):
    SEAT_UNAVAILABLE = "SEAT_UNAVAILABLE", "Seat taken"
    ORGANIZER_DECLINED = "ORGANIZER_DECLINED", "Organizer declined"
    ORGANIZER_UNREACHABLE = "ORGANIZER_UNREACHABLE", "Organizer did not answer"
    INVOICE_UNAVAILABLE = "INVOICE_UNAVAILABLE", "No invoice could be made"
    PAYMENT_FAILED = "PAYMENT_FAILED", "Payment failed"
    TICKET_UNAVAILABLE = "TICKET_UNAVAILABLE", "Ticket service did not answer"


class CancelReason(models.TextChoices):
    BUYER = "BUYER", "By the buyer"
    STAFF = "STAFF", "By staff"
    EVENT_CANCELLED = "EVENT_CANCELLED", "Event cancelled"


class BookingOrigin(models.TextChoices):
    DIRECT = "DIRECT", "Booked directly"
    WAITLIST = "WAITLIST", "From the queue"


class RefundStatus(models.TextChoices):
    PENDING = "PENDING", "Under way"
    REFUNDED = "REFUNDED", "Refunded"
