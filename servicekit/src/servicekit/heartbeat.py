"""The text that a worker writes for health checks, again and again: one line for each of its lanes."""

from __future__ import annotations

from collections.abc import Mapping

HEARTBEAT_SECONDS = 5
STANDS_STILL_AFTER_SECONDS = 60
"""A lane that has something to do and does nothing for so long is reported as standing still."""


def standing_still(still_seconds: Mapping[str, float], after: float = STANDS_STILL_AFTER_SECONDS) -> dict[str, int]:
    """Returns the lanes that stand still, each with its whole seconds; `still_seconds` has all lanes."""
    return {lane: round(seconds) for lane, seconds in still_seconds.items() if seconds >= after}


def heartbeat_lines(still_seconds: Mapping[str, float], after: float = STANDS_STILL_AFTER_SECONDS) -> str:
    """Returns a line for each lane, which says whether it moves."""
    still = standing_still(still_seconds, after)
    states = {lane: f"stands still for {still[lane]} s" if lane in still else "moves" for lane in still_seconds}
    return "".join(f"{lane}: {state}\n" for lane, state in states.items())
