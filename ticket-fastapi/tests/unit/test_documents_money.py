"""Money as people write it."""

import pytest
from ticketing.domain.money import format_money, minor_digits


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (750000, "IDR", "Rp750.000"),
        (0, "IDR", "Rp0"),
        (999, "IDR", "Rp999"),
        (123456789, "IDR", "Rp123.456.789"),
        (123450, "USD", "$1,234.50"),
        (5, "USD", "$0.05"),
        (-5, "USD", "-$0.05"),
        (4500, "EUR", "€45.00"),
        (1200, "JPY", "¥1,200"),
        (8000, "SGD", "SGD 80.00"),
        (12345, "KWD", "KWD 12.345"),
    ],
)
def test_an_amount_is_written_in_the_manner_of_its_currency(amount: int, currency: str, text: str) -> None:
    assert format_money(amount, currency) == text


def test_rupiah_have_no_minor_units() -> None:
    assert [minor_digits(currency) for currency in ("IDR", "USD", "KWD")] == [0, 2, 3]
