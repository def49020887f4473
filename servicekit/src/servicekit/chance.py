"""How a simulated outcome is drawn: outcomes that were asked for first, then by chance, repeatable with a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Simulation(Generic[Outcome]):
    """How the simulated system behaves just now.

    `failure_rate` is a probability; `latency_ms` is a delay that the owner adds. `next_outcomes` are used up one per
    draw, before chance. With a `seed`, the n-th draw always gives the same, also after a restart; `draws` counts them.
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


def draw(simulation: Simulation[Outcome], *, success: Outcome, failure: Outcome) -> tuple[Outcome, Simulation[Outcome]]:
    """The next outcome, and the simulation that remains after it."""
    if simulation.next_outcomes:
        first, *rest = simulation.next_outcomes
        return first, replace(simulation, next_outcomes=tuple(rest))
    if simulation.seed is None:
        return failure if random.random() < simulation.failure_rate else success, simulation
    # A generator per draw, not a running one: only the count has to be shared between processes.
    chance = random.Random(f"{simulation.seed}:{simulation.draws}").random()
    drawn = failure if chance < simulation.failure_rate else success
    return drawn, replace(simulation, draws=simulation.draws + 1)
