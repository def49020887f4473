"""The bodies that the dashboard sends for staff, under the names of the contract."""

from datetime import datetime

from frontend.api.models import Representation


class SeatLayout(Representation):
    """A block of seats: `rows` rows of `seats_per_row` seats, all at `price` minor units."""

    section: str
    rows: int
    seats_per_row: int
    price: int


class EventDraft(Representation):
    """The fields of a new event."""

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
    """The changed fields of an event; fields that are not set stay as they are."""

    name: str | None = None
    venue: str | None = None
    description: str | None = None
    time_zone: str | None = None
    starts_at: datetime | None = None
    sales_open_at: datetime | None = None
    sales_close_at: datetime | None = None
    organizer: str | None = None
    currency: str | None = None
