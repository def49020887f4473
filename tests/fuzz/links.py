"""Which links of an OpenAPI document were followed: an answer named what the next request then asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def followed(events: Path) -> frozenset[str]:
    """Reads the events of one run of Schemathesis; returns the links, named after both operations."""
    found: set[str] = set()
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            cases = recorder.get("cases", {}).values()
            found.update(case["transition"]["id"] for case in cases if case.get("is_transition_applied"))
    return frozenset(found)


def described(document: dict[str, Any]) -> int:
    """Returns the number of links of a document."""
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    answers = [answer for operation in operations for answer in operation.get("responses", {}).values()]
    return sum(len(answer.get("links", {})) for answer in answers)
