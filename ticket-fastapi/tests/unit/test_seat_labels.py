"""The label of a seat is as contracts/seats.json says, so that no two seats have one label."""

import json
from pathlib import Path
from typing import Any

import pytest
from ticketing.domain.seat_plan import seat_label

SEATS: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/seats.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", SEATS["labels"], ids=lambda vector: vector["text"])
def test_a_seat_is_named_as_the_contract_says(vector: dict[str, Any]) -> None:
    assert seat_label(**vector["seat"]) == vector["text"]
