"""The kinds of background work whose failed items are counted."""

from __future__ import annotations

from enum import StrEnum


class Loop(StrEnum):
    """The name under which a failed item is counted."""

    BOOKINGS = "bookings"
    """The next step of a booking."""
    CANCELLATIONS = "cancellations"
    """The bookings of an event that is cancelled."""
    CLEANUP = "cleanup"
    DELIVERIES = "deliveries"
    DOCUMENTS = "documents"
    """Documents with a text that could not be rendered."""
    EVENT_CHANGES = "event-changes"
    """The bookings and waitlist entries of an event that has changed."""
    OPERATIONS = "operations"
    QUEUES = "queues"
    """Waitlist entries whose sale is over."""
    SWEEPS = "sweeps"
    """A whole round of a sweep."""
