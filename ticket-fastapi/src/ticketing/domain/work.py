"""The background work that goes through many items, each of which stands alone."""

from __future__ import annotations

from enum import StrEnum


class Loop(StrEnum):
    """What an item that failed is counted under."""

    BOOKINGS = "bookings"
    """The next step of a booking."""
    CANCELLATIONS = "cancellations"
    """The bookings of an event that is cancelled."""
    CLEANUP = "cleanup"
    DELIVERIES = "deliveries"
    DOCUMENTS = "documents"
    """A text that could not be rendered."""
    OPERATIONS = "operations"
    POSITIONS = "positions"
    QUEUES = "queues"
    """Waitlist entries whose sale is over."""
    SWEEPS = "sweeps"
    """A whole round of a sweep."""
