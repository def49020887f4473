"""Whether an event can be booked."""

from datetime import UTC, datetime, timedelta

import pytest

from frontend.api.models import Event
from frontend.events.sales import Sales, sales_of, sales_sentence
from frontend.wording.formatting import Clock

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def event(*, opens: int = -1, closes: int = 5, starts: int = 6, status: str | None = None) -> Event:
    return Event(
        id="e",
        name="Mahler",
        venue="Hall",
        starts_at=NOW + timedelta(days=starts),
        sales_open_at=NOW + timedelta(days=opens),
        sales_close_at=NOW + timedelta(days=closes),
        status=status,
    )


@pytest.mark.parametrize(
    ("shown", "sales"),
    [
        (event(), Sales.ON),
        (event(opens=1), Sales.NOT_YET),
        (event(closes=0), Sales.CLOSED),
        (event(starts=0), Sales.OVER),
        (event(status="CANCELLED"), Sales.CANCELLED),
        (event(status="SALES_CLOSED", closes=-1), Sales.CLOSED),
    ],
)
def test_the_state_of_the_sale_follows_the_clock_and_the_organizer(shown: Event, sales: Sales) -> None:
    assert sales_of(shown, NOW) is sales


def test_what_cannot_be_booked_says_why() -> None:
    clock = Clock("Asia/Jakarta", "en-GB")
    for sales in set(Sales) - {Sales.ON}:
        assert sales_sentence(event(opens=1), sales, clock)
    assert "24 Nov 2026, 17:00 WIB" in sales_sentence(event(opens=1), Sales.NOT_YET, clock)
