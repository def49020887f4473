"""Currencies and formatted amounts agree with contracts/money.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servicekit.money import MINOR_DIGITS, format_money, require_currency

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/money.json").read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = CONTRACT["vectors"] + CONTRACT["stored_vectors"]


def test_the_currencies_and_their_digits_are_those_of_the_contract() -> None:
    assert dict(MINOR_DIGITS) == CONTRACT["currencies"]


def test_there_is_a_vector_for_every_currency() -> None:
    assert {vector["currency"] for vector in CONTRACT["vectors"]} == set(MINOR_DIGITS)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["text"])
def test_an_amount_is_written_as_the_contract_says(vector: dict[str, Any]) -> None:
    assert format_money(vector["amount"], vector["currency"]) == vector["text"]


@pytest.mark.parametrize("code", CONTRACT["refused"])
def test_a_code_that_is_no_currency_in_use_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        require_currency(code)


def test_every_currency_of_the_contract_is_accepted() -> None:
    assert [require_currency(code) for code in CONTRACT["currencies"]] == list(CONTRACT["currencies"])
