"""Where the ids of holds go: the links of the OpenAPI document."""

from __future__ import annotations

from servicekit.openapi_links import BODY, FIRST_ITEM, Flow

_HOLDS = "/{organizer}/holds"
_HOLD = f"{_HOLDS}/{{hold_id}}"


def _of_hold(source: str, hold_id: str) -> Flow:
    return Flow(source=source, target=_HOLD, parameters={"organizer": "$request.path.organizer", "hold_id": hold_id})


FLOWS = (
    _of_hold(f"POST {_HOLDS}", f"{BODY}/hold_id"),
    _of_hold(f"GET {_HOLDS}", f"{FIRST_ITEM}/hold_id"),
    _of_hold(f"GET {_HOLD}", f"{BODY}/hold_id"),
)
