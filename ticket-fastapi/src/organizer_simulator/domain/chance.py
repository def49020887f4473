"""How the organizers' answers are drawn (DESIGN 6, simulation controls)."""

import random
from dataclasses import dataclass, replace
from enum import StrEnum


class Outcome(StrEnum):
    """OK holds; FAIL declines; TIMEOUT holds and answers too late; ERROR answers 500 and holds nothing."""

    OK = "ok"
    FAIL = "fail"
    TIMEOUT = "timeout"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Simulation:
    """How the organizers behave just now.

    `failure_rate` is a probability, `latency_ms` delays every hold and release. `next_outcomes` are used up one per
    draw, before chance. With a `seed`, the n-th draw always falls alike, also across a restart; `draws` counts them.
    """

    failure_rate: float
    latency_ms: int
    next_outcomes: tuple[Outcome, ...] = ()
    seed: int | None = None
    draws: int = 0


def draw(simulation: Simulation) -> tuple[Outcome, Simulation]:
    """The next outcome, and the simulation that remains after it."""
    if simulation.next_outcomes:
        first, *rest = simulation.next_outcomes
        return first, replace(simulation, next_outcomes=tuple(rest))
    if simulation.seed is None:
        return _judge(random.random(), simulation), simulation
    # One generator per draw instead of a running one: nothing but the count has to survive a restart.
    chance = random.Random(f"{simulation.seed}:{simulation.draws}").random()
    return _judge(chance, simulation), replace(simulation, draws=simulation.draws + 1)


def _judge(chance: float, simulation: Simulation) -> Outcome:
    return Outcome.FAIL if chance < simulation.failure_rate else Outcome.OK
