"""How the outcome of an attempt is drawn (DESIGN section 6, simulation controls)."""

from __future__ import annotations

from enum import StrEnum

from servicekit import chance


class Outcome(StrEnum):
    """OK pays the invoice, FAIL declines the payment."""

    OK = "ok"
    FAIL = "fail"


Simulation = chance.Simulation[Outcome]
"""How payments behave just now; `latency_ms` is added to the processing time."""


def draw(simulation: Simulation) -> tuple[Outcome, Simulation]:
    """The next outcome, and the simulation that remains after it."""
    return chance.draw(simulation, success=Outcome.OK, failure=Outcome.FAIL)
