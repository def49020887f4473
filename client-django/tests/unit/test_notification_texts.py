"""How money, times and seats are written in notifications."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from client.domain.seat import seat_label
from client.notifications.texts import at, money
from config.env import Environment

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (750000, "IDR", "Rp750.000"),
        (0, "IDR", "Rp0"),
        (1250, "EUR", "12.50 EUR"),
        (5, "USD", "0.05 USD"),
        (900, "JPY", "900 JPY"),
    ],
)
def test_money_is_written_as_people_write_it(amount: int, currency: str, text: str) -> None:
    assert money(amount, currency) == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Jakarta", "23 November 2026, 17:00 WIB"),
        ("Asia/Makassar", "23 November 2026, 18:00 WITA"),
        ("Europe/Amsterdam", "23 November 2026, 11:00 CET"),
        ("Asia/Kathmandu", "23 November 2026, 15:45 UTC+0545"),
        ("UTC", "23 November 2026, 10:00 UTC"),
    ],
)
def test_a_time_is_told_in_the_zone_of_the_documents_with_its_name(
    setting: Callable[..., None], zone: str, text: str
) -> None:
    setting(document_time_zone=zone)
    assert at(NOW) == text


def test_messages_are_in_jakarta_time_by_default() -> None:
    assert Environment.model_fields["document_time_zone"].default == "Asia/Jakarta"


def test_a_seat_is_named_by_what_is_known_of_it() -> None:
    assert seat_label({"section": "Balkon", "row": "A", "number": 7}) == "Balkon A 7"
    assert seat_label({"id": "x"}) == "a seat"
