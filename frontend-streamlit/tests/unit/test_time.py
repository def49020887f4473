"""The dashboard writes moments as contracts/time.json says, and offers exactly the zones that an event may have."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from servicekit.times import TIME_ZONES

from frontend.forms.local_time import WrongTimeError, entered_moment, on_the_clock, with_clock_time_of
from frontend.wording.formatting import Clock

TIME: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/time.json").read_text(encoding="utf-8"))
JAKARTA, AMSTERDAM = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize("vector", TIME["vectors"], ids=lambda vector: vector["text"])
def test_a_moment_is_written_as_the_contract_says(vector: dict[str, Any]) -> None:
    assert Clock(vector["zone"], vector["language"]).moment(datetime.fromisoformat(vector["at"])) == vector["text"]


def test_the_form_offers_the_zones_of_the_contract_and_no_other() -> None:
    assert set(TIME["zones"]) <= TIME_ZONES
    assert not set(TIME["refused_zones"]) & TIME_ZONES


def test_what_a_form_shows_stays_on_the_clock_in_another_zone() -> None:
    evening = datetime.fromisoformat("2027-01-08T13:15:42Z")
    moved = with_clock_time_of(evening, JAKARTA, AMSTERDAM)
    assert moved == datetime.fromisoformat("2027-01-08T20:15:42+01:00")
    assert with_clock_time_of(evening, JAKARTA, JAKARTA) is evening


def test_a_clock_time_that_the_other_zone_skips_is_refused() -> None:
    shown = datetime.fromisoformat("2027-03-28T02:30:00+07:00")
    local = on_the_clock(shown, JAKARTA)
    moved = with_clock_time_of(shown, JAKARTA, AMSTERDAM)
    with pytest.raises(WrongTimeError, match="02:30 does not exist on 28 March 2027"):
        entered_moment(moved, local.date(), local.time(), None, AMSTERDAM)
