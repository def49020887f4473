"""How many guards a run has taken out, and of how many the test has noticed the absence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

TAKEN_OUT = "test_without_the_guard_its_test_fails["


def lines(outcomes: Mapping[str, bool]) -> Iterator[str]:
    """Yields a line for each file of the catalogue, and one for all; none if no guard was taken out.

    `outcomes` says of each test of the run, by pytest's name, whether it passed.
    """
    taken_out: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for name, passed in outcomes.items():
        _, is_mutant, mutant = name.partition(TAKEN_OUT)
        if is_mutant:
            catalogue = mutant.partition(".")[0]
            taken_out[catalogue] += 1
            caught[catalogue] += passed
    for catalogue in sorted(taken_out):
        yield _line(catalogue, taken_out[catalogue], caught[catalogue])
    if taken_out:
        yield _line("all", taken_out.total(), caught.total())


def _line(name: str, taken_out: int, caught: int) -> str:
    return f"{name}: {taken_out} guards taken out, {caught} caught"
