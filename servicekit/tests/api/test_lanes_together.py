"""A lane that can do items together: what was claimed together is one go, and no item harms another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import uvloop
from servicekit.db.due_rows import Places
from servicekit.lanes import Lane, LaneRunner, Left, Work
from servicekit.tracing import new_trace
from sqlalchemy.ext.asyncio import AsyncConnection
from support.parts import ExampleParts

from devstack.waiting import wait_until
from servicekit import lane_runner

AT_ONCE = 8
Result = Sequence[Left | Exception]


@dataclass
class Bench:
    """Work that waits, and how it was done."""

    waiting: list[Work[int]] = field(default_factory=list)
    together: list[list[int]] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    do_together: Callable[[Sequence[int]], Awaitable[Result]] | None = None

    def add(self, *numbers: int, alone: bool = False, has_failed: bool = False) -> None:
        self.waiting += [Work(number, str(number), new_trace(), has_failed, alone=alone) for number in numbers]

    def lane(self) -> Lane[ExampleParts, int]:
        async def claim(_: ExampleParts, __: AsyncConnection, places: Places) -> list[Work[int]]:
            claimed, self.waiting = self.waiting[: places.free], self.waiting[places.free :]
            return claimed

        async def do(_: ExampleParts, number: int) -> None:
            self.alone.append(number)
            if number < 0:
                raise ValueError(f"{number} cannot be done")

        async def together(_: ExampleParts, numbers: Sequence[int]) -> Result:
            self.together.append(list(numbers))
            return await self.do_together(numbers) if self.do_together else [Left.NOTHING] * len(numbers)

        async def failed(_: ExampleParts, name: str, error: BaseException) -> None:
            self.failed.append((name, str(error)))

        never = sa.select(sa.null()).scalar_subquery()
        return Lane("bench", AT_ONCE, never, claim, do, failed, together=together)


async def run_once(parts: ExampleParts, bench: Bench) -> None:
    runner = LaneRunner(bench.lane(), parts)
    await runner.take_up()
    await runner.finish()


async def test_what_is_claimed_together_is_done_together_and_one_item_alone(parts: ExampleParts) -> None:
    bench = Bench()
    bench.add(1, 2, 3)
    await run_once(parts, bench)
    bench.add(4)
    await run_once(parts, bench)
    assert (bench.together, bench.alone) == ([[1, 2, 3]], [4])


async def test_what_has_failed_or_goes_alone_is_never_done_together_with_others(parts: ExampleParts) -> None:
    bench = Bench()
    bench.add(1, 2)
    bench.add(3, alone=True)
    bench.add(4, has_failed=True)
    await run_once(parts, bench)
    assert (bench.together, sorted(bench.alone)) == ([[1, 2]], [3, 4])


async def test_if_doing_them_together_fails_each_is_done_alone(parts: ExampleParts) -> None:
    async def fail(_: Sequence[int]) -> Result:
        raise ValueError("one of them is poison")

    bench = Bench(do_together=fail)
    bench.add(1, -2, 3)
    await run_once(parts, bench)
    assert sorted(bench.alone) == [-2, 1, 3]
    assert bench.failed == [("-2", "-2 cannot be done")]


async def test_what_is_left_of_an_item_does_not_concern_the_others(parts: ExampleParts) -> None:
    async def leave(_: Sequence[int]) -> Result:
        return [Left.NOTHING, ValueError("not recorded"), Left.ALONE, Left.NOTHING]

    bench = Bench(do_together=leave)
    bench.add(1, 2, 3, 4)
    await run_once(parts, bench)
    assert (bench.alone, bench.failed) == ([3], [("2", "not recorded")])


async def test_items_gather_while_others_are_under_way(parts: ExampleParts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_runner, "PATIENCE_SECONDS", 600)
    may_end = asyncio.Event()

    async def wait(numbers: Sequence[int]) -> Result:
        await may_end.wait()
        return [Left.NOTHING] * len(numbers)

    bench, stop = Bench(do_together=wait), asyncio.Event()
    bench.add(1, 2)
    runner = LaneRunner(bench.lane(), parts)
    running = asyncio.create_task(runner.run(stop))
    await wait_until(lambda: len(bench.together) == 1)
    for number in (3, 4, 5):
        bench.add(number)
        runner.wake()
        await asyncio.sleep(0)
    may_end.set()
    await wait_until(lambda: len(bench.together) == 2)
    stop.set()
    runner.wake()
    await running
    assert bench.together == [[1, 2], [3, 4, 5]]


async def test_nobody_waits_long_for_items_that_take_long(parts: ExampleParts) -> None:
    may_end = asyncio.Event()

    async def wait(numbers: Sequence[int]) -> Result:
        if 1 in numbers:
            await may_end.wait()
        return [Left.NOTHING] * len(numbers)

    bench, stop = Bench(do_together=wait), asyncio.Event()
    bench.add(1, 2)
    runner = LaneRunner(bench.lane(), parts)
    running = asyncio.create_task(runner.run(stop))
    await wait_until(lambda: len(bench.together) == 1)
    begun = monotonic()
    bench.add(3, 4)
    runner.wake()
    await wait_until(lambda: len(bench.together) == 2)
    assert monotonic() - begun > lane_runner.PATIENCE_SECONDS / 2
    may_end.set()
    stop.set()
    runner.wake()
    await running


async def test_no_more_items_are_under_way_than_the_lane_has_places(parts: ExampleParts) -> None:
    bench = Bench()
    bench.add(*range(AT_ONCE + 3))
    runner = LaneRunner(bench.lane(), parts)
    await runner.take_up()
    assert len(bench.waiting) == 3
    await runner.finish()


def test_patience_that_ends_at_once_stops_no_lane_on_the_loop_of_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a time that it rounds to nothing, uvloop has no timer."""
    monkeypatch.setattr(lane_runner, "PATIENCE_SECONDS", 0.0003)
    may_end = asyncio.Event()

    async def hang(numbers: Sequence[int]) -> Result:
        await may_end.wait()
        return [Left.NOTHING] * len(numbers)

    async def wake_again_and_again() -> None:
        bench = Bench(do_together=hang)
        engine = SimpleNamespace(begin=nullcontext)
        runner: LaneRunner[Any, int] = LaneRunner(bench.lane(), SimpleNamespace(engine=engine))
        for number in range(AT_ONCE // 2):
            bench.add(2 * number, 2 * number + 1)
            await runner.take_up()
            await runner.take_up()
        may_end.set()
        await runner.finish()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(wake_again_and_again())
