"""What the dashboard sends when staff make or change something, in the words of the contract."""

from datetime import datetime

from frontend.api.models import Representation


class SeatLayout(Representation):
    """What makes a block of seats: `rows` rows of `seats_per_row`, all at `price` minor units."""

    section: str
    rows: int
    seats_per_row: int
    price: int


class EventDraft(Representation):
    """What staff say about an event when they create or change it."""

    name: str
    venue: str
    description: str = ""
    time_zone: str
    starts_at: datetime
    sales_open_at: datetime
    sales_close_at: datetime
    organizer: str
    currency: str = "IDR"


class EventChanges(Representation):
    """What staff change of an event; what is not set stays as it is."""

    name: str | None = None
    venue: str | None = None
    description: str | None = None
    time_zone: str | None = None
    starts_at: datetime | None = None
    sales_open_at: datetime | None = None
    sales_close_at: datetime | None = None
    organizer: str | None = None
    currency: str | None = None
