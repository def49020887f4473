"""The viewer's address: every vector of contracts/viewer_address.json."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from servicekit.viewer_address import OLDEST_SECONDS, counted_as, verified_viewer, viewer_headers

CONTRACT = json.loads((Path(__file__).parents[3] / "contracts" / "viewer_address.json").read_text())
VECTORS: list[dict[str, Any]] = CONTRACT["vectors"]
COUNTED: list[dict[str, str]] = CONTRACT["counted"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_an_address_is_believed_or_not_as_the_contract_says(vector: dict[str, Any]) -> None:
    with time_machine.travel(vector["now"], tick=False):
        believed = verified_viewer(
            {name.lower(): value for name, value in vector["headers"].items()},
            method=vector["method"],
            target=vector["target"],
            secrets=vector["secrets"],
            now=datetime.now(UTC),
        )
    assert believed == vector["expected"], vector["reason"]


def test_our_own_headers_are_those_of_the_contract() -> None:
    vector = next(vector for vector in VECTORS if vector["name"] == "signed")
    now = datetime.fromtimestamp(vector["now"], UTC)
    made = viewer_headers(vector["secrets"][0], vector["expected"], vector["method"], vector["target"], now)
    assert made == vector["headers"]


@pytest.mark.parametrize("vector", COUNTED, ids=lambda vector: vector["address"])
def test_addresses_are_counted_as_the_contract_says(vector: dict[str, str]) -> None:
    assert counted_as(vector["address"]) == vector["counted_as"], vector["reason"]


def test_what_is_no_address_counts_as_it_is() -> None:
    assert counted_as("unix:") == "unix:"


def test_a_signature_is_believed_for_as_long_as_the_contract_says() -> None:
    assert CONTRACT["oldest_seconds"] == OLDEST_SECONDS
