"""How the organizers' answers are drawn (DESIGN 6, simulation controls)."""

from enum import StrEnum

from servicekit import chance


class Outcome(StrEnum):
    """OK holds; FAIL declines; TIMEOUT holds and answers too late; ERROR answers 500 and holds nothing."""

    OK = "ok"
    FAIL = "fail"
    TIMEOUT = "timeout"
    ERROR = "error"


Simulation = chance.Simulation[Outcome]
"""How the organizers behave just now; `latency_ms` delays every hold and release."""


def draw(simulation: Simulation) -> tuple[Outcome, Simulation]:
    """The next outcome, and the simulation that remains after it."""
    return chance.draw(simulation, success=Outcome.OK, failure=Outcome.FAIL)
