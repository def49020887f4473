"""Draws simulated outcomes: first the outcomes that were set, then outcomes by chance, repeatable with a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Simulation(Generic[Outcome]):
    """How the simulated system behaves at present.

    `failure_rate` is a probability; the owner adds the delay `latency_ms`. Each draw uses one of `next_outcomes`; when
    none is left, chance decides. With a `seed`, the n-th draw always has the same outcome, even after a restart;
    `draws` counts the draws.
    """

    failure_rate: float
    latency_ms: int = 0
    next_outcomes: tuple[Outcome, ...] = ()
    seed: int | None = None
    draws: int = 0

    @property
    def remembers(self) -> bool:
        """Whether a draw influences the next one, so that concurrent draws must take turns."""
        return bool(self.next_outcomes) or self.seed is not None


def draw(simulation: Simulation[Outcome], *, success: Outcome, failure: Outcome) -> tuple[Outcome, Simulation[Outcome]]:
    """Returns the next outcome and the state of the simulation after the draw."""
    if simulation.next_outcomes:
        first, *rest = simulation.next_outcomes
        return first, replace(simulation, next_outcomes=tuple(rest))
    if simulation.seed is None:
        return failure if random.random() < simulation.failure_rate else success, simulation
    # Each draw makes its own generator, so that processes need to share only the count.
    chance = random.Random(f"{simulation.seed}:{simulation.draws}").random()
    drawn = failure if chance < simulation.failure_rate else success
    return drawn, replace(simulation, draws=simulation.draws + 1)
