"""Zones, instants and written moments are those of contracts/time.json."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError
from servicekit.times import (
    TIME_ZONES,
    Instant,
    format_moment,
    in_utc,
    require_instant,
    require_time_zone,
    zone_name,
    zone_of,
)

TIME: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/time.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", TIME["vectors"], ids=lambda vector: vector["text"])
def test_a_moment_is_written_as_the_contract_says(vector: dict[str, Any]) -> None:
    at = require_instant(vector["at"])
    assert format_moment(at, ZoneInfo(vector["zone"]), vector["language"]) == vector["text"]


@pytest.mark.parametrize("zone", TIME["zones"])
def test_a_zone_of_the_contract_is_taken(zone: str) -> None:
    assert require_time_zone(zone) == zone
    assert zone_of(zone, "UTC") == ZoneInfo(zone)


@pytest.mark.parametrize("zone", TIME["refused_zones"])
def test_another_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="must be the name of a time zone"):
        require_time_zone(zone)
    assert zone_of(zone, "UTC").key == "UTC"


def test_every_zone_that_is_taken_has_a_name_for_people() -> None:
    assert len(TIME_ZONES) > 500
    at = datetime(2027, 1, 8, 19, 15, tzinfo=UTC)
    assert all(zone_name(at, ZoneInfo(zone))[:1].isalpha() for zone in TIME_ZONES)


@pytest.mark.parametrize("vector", TIME["instants"], ids=lambda vector: vector["written"])
def test_an_instant_of_the_contract_is_taken(vector: dict[str, str]) -> None:
    assert in_utc(require_instant(vector["written"])) == vector["utc"]


@pytest.mark.parametrize("value", TIME["refused_instants"], ids=repr)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|month|day|second|minute"):
        require_instant(value)
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_json(json.dumps(value))


def test_a_time_without_a_zone_is_no_instant() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(datetime.fromisoformat("2027-01-08T19:15:00"))
