"""The words about a sale follow the ticket service's state, not the clock."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from frontend.api.models import Event, Sale
from frontend.buyer.choice import Choice
from frontend.buyer.choice_bar import QUEUE_HINT, bar_of
from frontend.events.sales import LABELS, sales_sentence
from frontend.wording.formatting import Clock

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
TICKET = Path(__file__).parents[3] / "contracts/openapi/ticket.json"
CLOCK = Clock("Asia/Jakarta", "en-GB")


def event(status: Sale, *, starts: int = 6) -> Event:
    return Event(
        version=1,
        id="e",
        name="Mahler",
        venue="Hall",
        starts_at=NOW + timedelta(days=starts),
        sales_open_at=NOW + timedelta(days=1),
        sales_close_at=NOW + timedelta(days=5),
        status=status,
    )


def test_the_sales_are_those_of_the_ticket_service() -> None:
    sales = json.loads(TICKET.read_text(encoding="utf-8"))["components"]["schemas"]["Sale"]["enum"]
    assert {sale.value for sale in Sale} == set(sales)
    assert set(LABELS) == set(Sale)


@pytest.mark.parametrize("starts", [-1000, 1000])
@pytest.mark.parametrize("sale", list(Sale))
def test_one_can_book_exactly_while_the_ticket_service_says_so(sale: Sale, starts: int) -> None:
    bar = bar_of(event(sale, starts=starts), Choice(), "somebody", CLOCK, None)
    assert bar["can_book"] is (sale is Sale.ON_SALE)
    assert bar["can_choose"] is (sale in {Sale.ON_SALE, Sale.SCHEDULED})
    assert (bar["hint"] == QUEUE_HINT) is (sale is Sale.ON_SALE)


def test_what_cannot_be_booked_says_why() -> None:
    sentences = {sales_sentence(event(sale), CLOCK) for sale in set(Sale) - {Sale.ON_SALE}}
    assert len(sentences) == 4
    assert "" not in sentences
    assert "24 Nov 2026, 17:00 WIB" in sales_sentence(event(Sale.SCHEDULED), CLOCK)
