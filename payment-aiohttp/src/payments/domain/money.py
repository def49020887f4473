"""Amounts written for people."""

from __future__ import annotations

_DIGITS = {"IDR": 0, "JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "XXX": 0, "KWD": 3, "BHD": 3, "TND": 3}
"""Digits after the point where they are not two. Rupiah count without minor units here (contracts, conventions)."""
_SIGNS = {"IDR": "Rp", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def format_money(amount: int, currency: str) -> str:
    """`amount` minor units in the writing of the currency's home: Rp750.000, $12.50, SGD 80.00."""
    digits = _DIGITS.get(currency, 2)
    whole, rest = divmod(amount, 10**digits)
    text = f"{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    if currency in {"IDR", "EUR", "VND"}:
        text = text.translate({ord(","): ".", ord("."): ","})
    return f"{_SIGNS.get(currency, currency + ' ')}{text}"
