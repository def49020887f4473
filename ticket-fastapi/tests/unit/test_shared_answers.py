"""Answers are computed once for many callers, kept for a second, and bounded in number."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from ticketing.usecases.catalogue.shared_answers import FRESH_SECONDS, SharedAnswers


class Source:
    """Counts the computations of each key; while the gate is closed, they wait."""

    def __init__(self) -> None:
        self.computed: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    def of(self, key: str) -> Callable[[], Awaitable[str]]:
        async def compute() -> str:
            self.computed.append(key)
            await self.gate.wait()
            if self.error is not None:
                raise self.error
            return f"{key}{len(self.computed)}"

        return compute


async def test_a_crowd_causes_one_computation() -> None:
    source, answers = Source(), SharedAnswers[str, str](10)
    source.gate.clear()
    crowd = [asyncio.create_task(answers.get("a", source.of("a"))) for _ in range(50)]
    await asyncio.sleep(0)
    crowd[0].cancel()
    source.gate.set()
    assert set(await asyncio.gather(*crowd[1:])) == {"a1"}
    assert source.computed == ["a"]


async def test_an_answer_is_computed_anew_after_a_second() -> None:
    clock = [0.0]
    source, answers = Source(), SharedAnswers[str, str](10, lambda: clock[0])
    first = await answers.get("a", source.of("a"))
    clock[0] = FRESH_SECONDS - 0.01
    assert await answers.get("a", source.of("a")) == first
    clock[0] = FRESH_SECONDS
    assert await answers.get("a", source.of("a")) != first


async def test_a_failure_reaches_those_who_wait_and_is_not_kept() -> None:
    source, answers = Source(), SharedAnswers[str, str](10)
    source.error = ZeroDivisionError()
    crowd = [answers.get("a", source.of("a")) for _ in range(3)]
    outcomes = await asyncio.gather(*crowd, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError] * 3
    source.error = None
    assert await answers.get("a", source.of("a")) == "a2"


async def test_only_the_answers_that_were_asked_for_last_are_kept() -> None:
    source, answers = Source(), SharedAnswers[str, str](2, lambda: 0.0)
    for key in "abacba":
        await answers.get(key, source.of(key))
    assert source.computed == ["a", "b", "c", "b", "a"]


async def test_what_is_under_way_ends_with_the_process() -> None:
    source, answers = Source(), SharedAnswers[str, str](10)
    source.gate.clear()
    waiting = asyncio.create_task(answers.get("a", source.of("a")))
    await asyncio.sleep(0)
    await answers.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
