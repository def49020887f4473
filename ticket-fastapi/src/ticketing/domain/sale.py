"""The sale of an event: whether its seats can be booked at a moment.

The same rule in SQL is `db/sql/sale.sql`; `tests/api/test_sale.py` holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from servicekit.errors import WrongFieldError


class Sale(StrEnum):
    """Where the sale of an event is. Follows from the clock and what staff set; it is stored nowhere."""

    SCHEDULED = "SCHEDULED"
    """It has not begun, or staff has put it off."""
    ON_SALE = "ON_SALE"
    SALES_CLOSED = "SALES_CLOSED"
    """It has ended, and the event has not begun."""
    STARTED = "STARTED"
    """The event has begun, which ends every sale, whatever `sales_close_at` says."""
    CANCELLED = "CANCELLED"


OVER = frozenset({Sale.SALES_CLOSED, Sale.STARTED, Sale.CANCELLED})
"""Nobody in a queue can have a seat any more. A sale that is SCHEDULED again goes on for those in line."""


@dataclass(frozen=True, slots=True)
class SaleTimes:
    """What the sale follows from. Each moment belongs to what begins with it."""

    sales_open_at: datetime
    sales_close_at: datetime
    starts_at: datetime
    cancelled_at: datetime | None

    def sale_at(self, now: datetime) -> Sale:
        """The sale at `now`."""
        if self.cancelled_at is not None:
            return Sale.CANCELLED
        if self.starts_at <= now:
            return Sale.STARTED
        if self.sales_open_at > now:
            return Sale.SCHEDULED
        return Sale.ON_SALE if self.sales_close_at > now else Sale.SALES_CLOSED


def check_sale_times(sales_open_at: datetime, sales_close_at: datetime) -> None:
    """WrongFieldError unless the sale opens before it closes.

    It may be set to close after the start, so that a start that is moved needs no other change; it ends at the start
    all the same.
    """
    if sales_open_at >= sales_close_at:
        raise WrongFieldError("sales_close_at", "sale_closes_too_early", "The sale must close after it opens.")
