"""Draws of simulated outcomes (contracts, Simulation)."""

from __future__ import annotations

from enum import StrEnum

import pytest
from servicekit.chance import Simulation

from servicekit import chance


class Outcome(StrEnum):
    OK = "ok"
    FAIL = "fail"


def draw(simulation: Simulation[Outcome]) -> tuple[Outcome, Simulation[Outcome]]:
    return chance.draw(simulation, success=Outcome.OK, failure=Outcome.FAIL)


def outcomes(simulation: Simulation[Outcome], count: int) -> list[Outcome]:
    drawn = []
    for _ in range(count):
        outcome, simulation = draw(simulation)
        drawn.append(outcome)
    return drawn


def test_the_next_outcomes_are_used_before_chance() -> None:
    simulation = Simulation(failure_rate=0, next_outcomes=(Outcome.FAIL, Outcome.OK, Outcome.FAIL))
    assert outcomes(simulation, 5) == ["fail", "ok", "fail", "ok", "ok"]


@pytest.mark.parametrize(("rate", "expected"), [(0, Outcome.OK), (1, Outcome.FAIL)])
def test_failure_rates_of_0_and_1_always_have_the_same_outcome(rate: float, expected: Outcome) -> None:
    assert set(outcomes(Simulation(rate), 100)) == {expected}


def test_a_seed_always_gives_the_same_sequence_even_when_resumed_in_the_middle() -> None:
    whole = outcomes(Simulation(0.5, seed=7), 40)
    assert outcomes(Simulation(0.5, seed=7), 40) == whole
    assert outcomes(Simulation(0.5, seed=7, draws=15), 25) == whole[15:]
    assert outcomes(Simulation(0.5, seed=8), 40) != whole


def test_about_one_in_ten_fails_by_default() -> None:
    failed = outcomes(Simulation(0.1, seed=1), 5000).count(Outcome.FAIL)
    assert 430 <= failed <= 570


def test_a_draw_without_a_seed_does_not_change_the_simulation() -> None:
    simulation = Simulation[Outcome](0.5)
    assert draw(simulation)[1] == simulation
    assert not simulation.remembers
