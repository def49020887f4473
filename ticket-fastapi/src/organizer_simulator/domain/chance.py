"""Draws the organizers' answers."""

from enum import StrEnum

from servicekit import chance


class Outcome(StrEnum):
    """OK: holds. FAIL: declines. TIMEOUT: holds, but answers too late. ERROR: answers 500 and holds nothing."""

    OK = "ok"
    FAIL = "fail"
    TIMEOUT = "timeout"
    ERROR = "error"


Simulation = chance.Simulation[Outcome]
"""How the organizers behave at present; `latency_ms` delays every hold and release."""


def draw(simulation: Simulation) -> tuple[Outcome, Simulation]:
    """Returns the next outcome, and the simulation after it."""
    return chance.draw(simulation, success=Outcome.OK, failure=Outcome.FAIL)
