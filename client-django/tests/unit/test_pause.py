"""The pause after a refusal grows while a crowd is refused, and shrinks when it has gone."""

import random

from client.edge.pause import FEW, LONGEST_SECONDS, Pause


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def second(pause: Pause, clock: Clock, *, refused: int, served: int) -> list[int]:
    """Lets a second pass, in which so many are served and refused; returns what the refused are told."""
    clock.now += 1
    for _ in range(served):
        pause.served()
    return [pause.refused() for _ in range(refused)]


def test_the_first_who_are_refused_come_again_after_a_second() -> None:
    clock = Clock()
    assert set(second(Pause(clock), clock, refused=5 * FEW, served=1)) == {1}


def test_the_pause_grows_while_many_are_refused_up_to_a_minute_and_spreads_them() -> None:
    clock = Clock()
    pause = Pause(clock, random.Random(1))
    told = [second(pause, clock, refused=500, served=50) for _ in range(10)]
    middle = [sorted(each)[len(each) // 2] for each in told]
    assert middle[:6] == sorted(middle[:6])
    assert LONGEST_SECONDS * 0.9 <= middle[-1] <= LONGEST_SECONDS * 1.1
    assert min(told[-1]) >= LONGEST_SECONDS / 2
    assert max(told[-1]) <= LONGEST_SECONDS * 1.5


def test_the_pause_stays_when_half_as_many_are_refused_as_served() -> None:
    clock = Clock()
    pause = Pause(clock, random.Random(1))
    for _ in range(3):
        second(pause, clock, refused=500, served=50)
    before, after = (sorted(second(pause, clock, refused=50, served=100))[25] for _ in range(2))
    assert abs(after - before) <= before


def test_when_few_are_refused_the_pause_shrinks_to_a_second() -> None:
    clock = Clock()
    pause = Pause(clock, random.Random(1))
    for _ in range(6):
        second(pause, clock, refused=500, served=50)
    told = [second(pause, clock, refused=2, served=50) for _ in range(10)]
    assert set(told[-1]) == {1}


def test_after_a_long_time_without_refusals_nobody_waits_for_a_crowd_that_has_gone() -> None:
    clock = Clock()
    pause = Pause(clock, random.Random(1))
    for _ in range(6):
        second(pause, clock, refused=500, served=50)
    clock.now += 3 * LONGEST_SECONDS
    assert set(second(pause, clock, refused=3, served=1)) == {1}
