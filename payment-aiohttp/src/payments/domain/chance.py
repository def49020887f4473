"""How the outcome of an attempt is drawn (DESIGN section 6, simulation controls)."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from enum import StrEnum


class Outcome(StrEnum):
    """OK pays the invoice, FAIL declines the payment."""

    OK = "ok"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Simulation:
    """How payments behave just now.

    `failure_rate` is a probability; `latency_ms` is added to the processing time; `next_outcomes` are used up one per
    draw, before chance. With a `seed`, the n-th draw always falls alike; `draws` counts them.
    """

    failure_rate: float
    latency_ms: int = 0
    next_outcomes: tuple[Outcome, ...] = ()
    seed: int | None = None
    draws: int = 0

    @property
    def remembers(self) -> bool:
        """Whether a draw changes what the next one gives, so that draws must stand in line."""
        return bool(self.next_outcomes) or self.seed is not None


def draw(simulation: Simulation) -> tuple[Outcome, Simulation]:
    """The next outcome, and the simulation that remains after it."""
    if simulation.next_outcomes:
        first, *rest = simulation.next_outcomes
        return first, replace(simulation, next_outcomes=tuple(rest))
    if simulation.seed is None:
        return _judge(random.random(), simulation), simulation
    # A generator per draw, not a running one: only the count has to be shared between processes.
    chance = random.Random(f"{simulation.seed}:{simulation.draws}").random()
    return _judge(chance, simulation), replace(simulation, draws=simulation.draws + 1)


def _judge(chance: float, simulation: Simulation) -> Outcome:
    return Outcome.FAIL if chance < simulation.failure_rate else Outcome.OK
