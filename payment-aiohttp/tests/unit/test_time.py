"""The payment page writes a moment, and requests name an instant, as contracts/time.json says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from payments.http.inputs import InvoiceInput, Moment
from pydantic import TypeAdapter, ValidationError
from servicekit.times import format_moment, in_utc

TIME: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/time.json").read_text(encoding="utf-8"))
MOMENT = TypeAdapter(Moment)


@pytest.mark.parametrize("vector", TIME["vectors"], ids=lambda vector: vector["text"])
def test_a_moment_is_written_as_the_contract_says(vector: dict[str, Any]) -> None:
    at = MOMENT.validate_python(vector["at"])
    assert format_moment(at, ZoneInfo(vector["zone"]), vector["language"]) == vector["text"]


@pytest.mark.parametrize("zone", TIME["zones"])
def test_a_zone_of_the_contract_is_taken(zone: str) -> None:
    assert "time_zone" not in wrong_fields({"time_zone": zone})


@pytest.mark.parametrize("zone", TIME["refused_zones"])
def test_another_zone_is_refused_with_its_field(zone: str) -> None:
    assert wrong_fields({"time_zone": zone})["time_zone"] == "value_error"


@pytest.mark.parametrize("vector", TIME["instants"], ids=lambda vector: vector["written"])
def test_an_instant_of_the_contract_is_taken(vector: dict[str, str]) -> None:
    assert in_utc(MOMENT.validate_python(vector["written"])) == vector["utc"]


@pytest.mark.parametrize("value", TIME["refused_instants"], ids=repr)
def test_anything_else_is_refused_with_its_field(value: object) -> None:
    assert wrong_fields({"expires_at": value})["expires_at"] == "value_error"


def wrong_fields(body: dict[str, object]) -> dict[int | str, str]:
    """What is wrong with a body, in which other fields are missing."""
    with pytest.raises(ValidationError) as refused:
        InvoiceInput.model_validate(body)
    return {error["loc"][0]: error["type"] for error in refused.value.errors()}
