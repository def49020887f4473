"""Draws the outcome of a payment attempt."""

from __future__ import annotations

from enum import StrEnum

from servicekit import chance


class Outcome(StrEnum):
    """The gateway's answer: OK pays the invoice, FAIL declines the payment."""

    OK = "ok"
    FAIL = "fail"


Simulation = chance.Simulation[Outcome]
"""How payments behave at present; `latency_ms` is added to the processing time."""


def draw_outcome(simulation: Simulation) -> tuple[Outcome, Simulation]:
    """Returns the next outcome and the state of the simulation after the draw."""
    return chance.draw(simulation, success=Outcome.OK, failure=Outcome.FAIL)
