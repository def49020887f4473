"""Signed requests: every vector of contracts/requests.json."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from servicekit.signatures import Request, SignatureError, signed_request_headers, verify_request

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[3] / "contracts" / "requests.json").read_text())[
    "vectors"
]


def request_of(vector: dict[str, Any]) -> Request:
    return Request(vector["method"], vector["target"], vector["body"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_signed_request_is_accepted_or_refused_as_the_contract_says(vector: dict[str, Any]) -> None:
    with time_machine.travel(vector["now"], tick=False):
        try:
            verify_request(request=request_of(vector), headers=vector["headers"], key=vector["key"])
        except SignatureError:
            verdict = "refuse"
        else:
            verdict = "accept"
    assert verdict == vector["expected"], vector["reason"]


def test_our_own_signature_is_that_of_the_contract() -> None:
    vector = next(vector for vector in VECTORS if vector["name"] == "hold")
    now = datetime.fromtimestamp(vector["now"], UTC)
    signed = signed_request_headers(vector["key"], vector["headers"]["webhook-id"], request_of(vector), now)
    assert vector["headers"].items() <= signed.items()
