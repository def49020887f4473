"""Words about the sale of an event."""

from frontend.api.models import Event, Sale
from frontend.wording.formatting import Clock

LABELS = {
    Sale.SCHEDULED: "Not on sale yet",
    Sale.ON_SALE: "On sale",
    Sale.SALES_CLOSED: "Sales closed",
    Sale.STARTED: "Over",
    Sale.CANCELLED: "Cancelled",
}

CHOOSABLE = frozenset({Sale.SCHEDULED, Sale.ON_SALE})
"""While an event is in these states, viewers choose seats; before its sale opens, for the moment when it does."""


def sales_sentence(event: Event, clock: Clock) -> str:
    """Returns why the event cannot be booked now and when it can; an empty text while it is on sale."""
    if event.status is Sale.SCHEDULED and event.sales_open_at is not None:
        return f"Sales open on {clock.moment(event.sales_open_at)}."
    return {
        Sale.SCHEDULED: "Sales for this event have not opened yet.",
        Sale.CANCELLED: "This event was cancelled. Everybody who paid gets their money back.",
        Sale.SALES_CLOSED: "Sales for this event are closed.",
        Sale.STARTED: "This event has already begun.",
    }.get(event.status, "")
