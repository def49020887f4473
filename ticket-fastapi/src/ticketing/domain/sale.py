"""The sale of an event: whether its seats can be booked at a given time.

`db/sql/sale.sql` is the same rule in SQL; `tests/api/test_sale.py` compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from servicekit.errors import WrongFieldError


class Sale(StrEnum):
    """The state of a sale. It follows from the clock and from what staff have set; it is not stored."""

    SCHEDULED = "SCHEDULED"
    """The sale has not begun, or staff have postponed it."""
    ON_SALE = "ON_SALE"
    SALES_CLOSED = "SALES_CLOSED"
    """The sale has ended, and the event has not started."""
    STARTED = "STARTED"
    """The event has started, which ends its sale even before `sales_close_at`."""
    CANCELLED = "CANCELLED"


OVER = frozenset({Sale.SALES_CLOSED, Sale.STARTED, Sale.CANCELLED})
"""States in which no queue can get a seat. A sale that is SCHEDULED again continues for its queues."""


@dataclass(frozen=True, slots=True)
class SaleTimes:
    """The times that decide the state of a sale. At each time, the state that begins then applies."""

    sales_open_at: datetime
    sales_close_at: datetime
    starts_at: datetime
    cancelled_at: datetime | None

    def sale_at(self, now: datetime) -> Sale:
        """Returns the state of the sale at `now`."""
        if self.cancelled_at is not None:
            return Sale.CANCELLED
        if self.starts_at <= now:
            return Sale.STARTED
        if self.sales_open_at > now:
            return Sale.SCHEDULED
        return Sale.ON_SALE if self.sales_close_at > now else Sale.SALES_CLOSED


def check_sale_times(sales_open_at: datetime, sales_close_at: datetime) -> None:
    """Raises WrongFieldError unless the sale opens before it closes.

    The closing time may be after the start of the event, so that moving the start needs no other change; the sale ends
    at the start anyway.
    """
    if sales_open_at >= sales_close_at:
        raise WrongFieldError("sales_close_at", "sale_closes_too_early", "The sale must close after it opens.")
