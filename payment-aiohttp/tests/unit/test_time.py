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


@pytest.mark.parametrize("vector", TIME["instants"], ids=lambda vector: vector["written"])
def test_an_instant_of_the_contract_is_taken(vector: dict[str, str]) -> None:
    assert in_utc(MOMENT.validate_python(vector["written"])) == vector["utc"]


@pytest.mark.parametrize("value", TIME["refused_instants"], ids=repr)
def test_anything_else_is_refused_with_its_field(value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        InvoiceInput.model_validate({"expires_at": value})
    kinds = {error["loc"]: error["type"] for error in refused.value.errors()}
    assert kinds["expires_at",] == "value_error"
