"""The simulator of the organizers' systems."""

from __future__ import annotations

from typing import Any

from tests.support.http import HttpApi, ProblemError


class OrganizerApi(HttpApi):
    """Holds and the simulation."""

    def hold(self, organizer: str, hold_id: str) -> dict[str, Any] | None:
        """The hold or tombstone of this id, None if there is neither."""
        try:
            found: dict[str, Any] = self.call("GET", f"/{organizer}/holds/{hold_id}")
        except ProblemError as problem:
            if problem.status == 404:
                return None
            raise
        return found

    def simulate(self, **changes: Any) -> None:
        """Changes the simulation (`failure_rate`, `latency_ms`, `next_outcomes`, `seed`)."""
        self.call("PUT", "/simulation", json=changes)
