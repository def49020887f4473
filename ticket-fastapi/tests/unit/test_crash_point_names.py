"""The documentation names each crash point of the code, and no others."""

from __future__ import annotations

import re
from pathlib import Path

from ticketing.crash_points import CRASH_POINTS

SOURCES = Path(__file__).parents[2] / "src" / "ticketing"


def test_every_crash_point_is_documented_and_exists() -> None:
    named = re.compile(r'crash_point\("([a-z.-]+)"\)')
    found = {name for source in SOURCES.rglob("*.py") for name in named.findall(source.read_text())}
    assert len(found) > 20
    assert found == set(CRASH_POINTS)
