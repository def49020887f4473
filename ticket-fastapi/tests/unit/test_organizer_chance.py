"""How the organizer simulator draws the outcomes of hold requests."""

from dataclasses import replace

from organizer_simulator.domain.chance import Outcome, Simulation, draw


def _outcomes(simulation: Simulation, count: int) -> list[Outcome]:
    drawn = []
    for _ in range(count):
        outcome, simulation = draw(simulation)
        drawn.append(outcome)
    return drawn


def test_a_seed_draws_the_same_outcomes_again() -> None:
    seeded = Simulation(failure_rate=0.5, latency_ms=0, seed=7)
    assert _outcomes(seeded, 50) == _outcomes(seeded, 50)
    assert _outcomes(seeded, 50) != _outcomes(replace(seeded, seed=8), 50)


def test_a_seeded_sequence_goes_on_where_it_stopped() -> None:
    seeded = Simulation(failure_rate=0.5, latency_ms=0, seed=7)
    assert _outcomes(replace(seeded, draws=20), 30) == _outcomes(seeded, 50)[20:]


def test_the_failure_rate_is_met_within_the_binomial_error() -> None:
    declined = _outcomes(Simulation(failure_rate=0.2, latency_ms=0, seed=1), 5000).count(Outcome.FAIL)
    assert abs(declined - 1000) < 4 * (5000 * 0.2 * 0.8) ** 0.5


def test_the_rates_zero_and_one_leave_nothing_to_chance() -> None:
    assert set(_outcomes(Simulation(failure_rate=0, latency_ms=0), 200)) == {Outcome.OK}
    assert set(_outcomes(Simulation(failure_rate=1, latency_ms=0), 200)) == {Outcome.FAIL}


def test_ordered_outcomes_come_first_and_do_not_use_up_the_seeded_sequence() -> None:
    seeded = Simulation(failure_rate=0.5, latency_ms=0, seed=7)
    ordered = replace(seeded, next_outcomes=(Outcome.ERROR, Outcome.TIMEOUT))
    assert _outcomes(ordered, 12) == [Outcome.ERROR, Outcome.TIMEOUT, *_outcomes(seeded, 10)]
