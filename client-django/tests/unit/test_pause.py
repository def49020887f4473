"""Those who are refused come again no faster than the lane serves, and no later than it takes to serve them."""

from collections import Counter

from client.edge.pause import EXPECTED_PER_SERVED, LONGEST_SECONDS, Pause

PLACES = 10
MOST = EXPECTED_PER_SERVED * PLACES
"""So many are told the same second while the lane serves as many a second as it has places."""


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def told(pause: Pause, number: int) -> Counter[int]:
    """Lets so many be refused; returns how many are told each number of seconds."""
    return Counter(pause.refused() for _ in range(number))


def serve(pause: Pause, number: int) -> None:
    for _ in range(number):
        pause.served()


def test_a_few_who_are_refused_come_again_after_a_second() -> None:
    assert told(Pause(places=PLACES, clock=Clock()), MOST) == {1: MOST}


def test_a_crowd_comes_again_as_fast_as_it_can_be_dealt_with() -> None:
    assert told(Pause(places=PLACES, clock=Clock()), 5 * MOST) == dict.fromkeys(range(1, 6), MOST)


def test_those_who_come_later_in_the_same_second_share_the_calendar_with_those_before() -> None:
    clock = Clock()
    pause = Pause(places=PLACES, clock=clock)
    told(pause, 2 * MOST)
    clock.now += 0.9
    assert told(pause, 1) == {3: 1}
    clock.now += 0.2
    assert told(pause, 1) == {2: 1}


def test_the_pause_becomes_shorter_when_the_lane_becomes_faster() -> None:
    clock = Clock()
    pause = Pause(places=PLACES, clock=clock)
    told(pause, 20 * MOST)
    clock.now += 1
    serve(pause, 4 * PLACES)
    assert told(pause, 6 * MOST) == {1: 3 * MOST, 2: 3 * MOST}


def test_the_pause_becomes_longer_when_the_lane_becomes_slower() -> None:
    clock = Clock()
    pause = Pause(places=PLACES, clock=clock)
    serve(pause, 4 * PLACES)
    clock.now += 1
    assert told(pause, 5 * MOST) == {1: 4 * MOST, 2: MOST}
    clock.now += 1
    assert told(pause, 2 * MOST) == {2: MOST, 3: MOST}


def test_nobody_waits_for_longer_than_a_minute_and_a_crowd_that_is_too_large_is_spread() -> None:
    found = told(Pause(places=PLACES, clock=Clock()), 2 * MOST * LONGEST_SECONDS)
    assert found == dict.fromkeys(range(1, LONGEST_SECONDS + 1), 2 * MOST)


def test_after_a_crowd_has_gone_nobody_waits_for_it() -> None:
    clock = Clock()
    pause = Pause(places=PLACES, clock=clock)
    told(pause, 2 * MOST * LONGEST_SECONDS)
    clock.now += LONGEST_SECONDS
    assert told(pause, 1) == {1: 1}


def test_a_lane_at_rest_is_not_taken_for_a_slow_one() -> None:
    clock = Clock()
    pause = Pause(places=PLACES, clock=clock)
    clock.now += 600
    serve(pause, 1)
    assert told(pause, MOST) == {1: MOST}
