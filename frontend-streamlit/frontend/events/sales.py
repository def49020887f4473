"""Whether an event can be booked at this moment."""

from datetime import UTC, datetime
from enum import Enum

from frontend.api.models import Event
from frontend.wording.formatting import Clock

CANCELLED = "CANCELLED"


class Sales(Enum):
    """The sale of an event; the value is its label."""

    ON = "On sale"
    NOT_YET = "Not on sale yet"
    CLOSED = "Sales closed"
    CANCELLED = "Cancelled"
    OVER = "Over"

    @property
    def label(self) -> str:
        """The name people see."""
        return self.value


def sales_of(event: Event, now: datetime | None = None) -> Sales:
    """The state of the sale as the dashboard shows it; the ticket service decides when somebody books."""
    now = now or datetime.now(UTC)
    if event.status == CANCELLED:
        return Sales.CANCELLED
    if event.starts_at <= now:
        return Sales.OVER
    if event.sales_open_at is not None and now < event.sales_open_at:
        return Sales.NOT_YET
    if event.sales_close_at is not None and now >= event.sales_close_at:
        return Sales.CLOSED
    return Sales.ON


def sales_sentence(event: Event, sales: Sales, clock: Clock) -> str:
    """Why one cannot book now, and when one can."""
    if sales is Sales.NOT_YET and event.sales_open_at is not None:
        return f"Sales open on {clock.moment(event.sales_open_at)}."
    return {
        Sales.CANCELLED: "This event was cancelled. Everybody who paid gets their money back.",
        Sales.CLOSED: "Sales for this event are closed.",
        Sales.OVER: "This event has already begun.",
    }.get(sales, "")
