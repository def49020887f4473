"""Amounts as people write them."""

from __future__ import annotations

import pytest
from payments.domain.money import format_money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (750_000, "IDR", "Rp750.000"),
        (0, "IDR", "Rp0"),
        (1_250, "USD", "$12.50"),
        (123_456_789, "EUR", "€1.234.567,89"),
        (5, "GBP", "£0.05"),
        (5_000, "JPY", "¥5,000"),
        (8_000, "SGD", "SGD 80.00"),
        (1_234_567, "KWD", "KWD 1,234.567"),
    ],
)
def test_an_amount_is_written_as_at_home(amount: int, currency: str, text: str) -> None:
    assert format_money(amount, currency) == text
