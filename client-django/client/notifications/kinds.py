from django.db import models


class NotificationKind(models.TextChoices):
    BOOKING_HELD = "BOOKING_HELD", "Seats held"
    BOOKING_CONFIRMED = "BOOKING_CONFIRMED", "Booking confirmed"
    BOOKING_FAILED = "BOOKING_FAILED", "Booking failed"
    BOOKING_EXPIRED = "BOOKING_EXPIRED", "Booking expired"
    BOOKING_CANCELLED = "BOOKING_CANCELLED", "Booking cancelled"
    BOOKING_REFUNDED = "BOOKING_REFUNDED", "Money refunded"
    EVENT_CHANGED = "EVENT_CHANGED", "The event has changed"
    WAITLIST_JOINED = "WAITLIST_JOINED", "Joined a queue"
    # Not made any more; notifications of the previous release have it.
    WAITLIST_MOVED = "WAITLIST_MOVED", "Moved up in a queue"
    WAITLIST_OFFER = "WAITLIST_OFFER", "A seat is offered"
    WAITLIST_LAPSED = "WAITLIST_LAPSED", "An offer lapsed"
    WAITLIST_CLOSED = "WAITLIST_CLOSED", "Queue left"
