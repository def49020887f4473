"""What the menu shows beside the names of pages."""

from datetime import UTC, datetime, timedelta

import pytest

from frontend.api.models import Booking
from frontend.page.menu import Badges

EVENT = {"id": "event", "name": "Konser", "venue": "Balai", "starts_at": "2027-01-01T12:00:00Z"}


def offer(minutes: float) -> Booking:
    """Returns a booking from a queue that can be paid for so many minutes."""
    now = datetime.now(UTC)
    return Booking.model_validate(
        {
            "id": "booking",
            "status": "AWAITING_PAYMENT",
            "origin": "WAITLIST",
            "event": EVENT,
            "hold_expires_at": (now + timedelta(minutes=minutes)).isoformat(),
            "created_at": now.isoformat(),
            "updated_at": now.isoformat(),
        }
    )


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [((), "My queue"), ((5,), "My queue (1 offer)"), ((5, 6), "My queue (2 offers)"), ((-1,), "My queue")],
    ids=["no offer", "one", "two", "one whose time is over"],
)
def test_the_queues_entry_says_how_many_offers_can_be_paid(minutes: tuple[float, ...], shown: str) -> None:
    assert Badges(offers=tuple(offer(each) for each in minutes)).titles == (shown, "Messages")


def test_the_entry_of_messages_says_how_many_are_unread() -> None:
    assert Badges(unread=3).titles == ("My queue", "Messages (3)")
