"""A system that does not answer is called less and less, and costs no more than its share."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest
from servicekit.breaker import Breakers, CallRefusedError, Limits

PAUSE = 5.0


class SilentError(Exception):
    """The system did not answer."""


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers[str]:
    return Breakers(Limits(at_once=3, failures=2, pause_seconds=PAUSE), clock)


def answer(breakers: Breakers[str], key: str = "x", *, proves_health: bool = True) -> None:
    with breakers.call(key, SilentError, proves_health=proves_health):
        pass


def fail(breakers: Breakers[str], key: str = "x") -> None:
    with pytest.raises(SilentError), breakers.call(key, SilentError):
        raise SilentError


def refusal(breakers: Breakers[str], key: str = "x") -> float:
    with pytest.raises(CallRefusedError) as refused:
        answer(breakers, key)
    return refused.value.seconds


def test_failures_in_a_row_open_the_breaker_of_that_system_alone(breakers: Breakers[str]) -> None:
    fail(breakers)
    answer(breakers)
    fail(breakers)
    answer(breakers, proves_health=False)
    fail(breakers)
    assert refusal(breakers) == PAUSE
    assert (breakers.refused(), breakers.open()) == ({"x"}, ["x"])
    answer(breakers, "y")


def test_after_the_pause_one_call_tries_and_its_answer_closes_the_breaker(
    breakers: Breakers[str], clock: Clock
) -> None:
    fail(breakers)
    fail(breakers)
    clock.now += PAUSE - 0.1
    refusal(breakers)
    clock.now += 0.1
    with breakers.call("x", SilentError):
        refusal(breakers)
    answer(breakers)
    assert (breakers.refused(), breakers.open(), breakers._breakers) == (set(), [], {})


def test_a_probe_that_fails_doubles_the_pause_up_to_a_limit(breakers: Breakers[str], clock: Clock) -> None:
    fail(breakers)
    fail(breakers)
    pauses = []
    for _ in range(5):
        pauses.append(refusal(breakers))
        clock.now += pauses[-1]
        fail(breakers)
    assert pauses == [PAUSE, 2 * PAUSE, 4 * PAUSE, 6 * PAUSE, 6 * PAUSE]


def test_calls_that_began_before_the_breaker_opened_do_not_lengthen_its_pause(
    breakers: Breakers[str], clock: Clock
) -> None:
    slow = breakers.call("x", SilentError)
    slow.__enter__()
    fail(breakers)
    fail(breakers)
    clock.now += 1
    assert not slow.__exit__(SilentError, SilentError(), None)
    assert refusal(breakers) == PAUSE - 1


def test_a_probe_that_is_cancelled_or_proves_nothing_leaves_the_next_probe_possible(
    breakers: Breakers[str], clock: Clock
) -> None:
    fail(breakers)
    fail(breakers)
    clock.now += PAUSE
    with pytest.raises(asyncio.CancelledError), breakers.call("x", SilentError):
        raise asyncio.CancelledError
    answer(breakers, proves_health=False)
    assert breakers.open() == ["x"]
    answer(breakers)
    assert breakers.open() == []


def test_no_more_than_so_many_calls_to_one_system_are_under_way(breakers: Breakers[str]) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(breakers.call("x", SilentError))
        assert refusal(breakers) == 1
        assert (breakers.refused(), breakers.open()) == ({"x"}, [])
        answer(breakers, "y")
    answer(breakers)
    assert breakers._breakers == {}
