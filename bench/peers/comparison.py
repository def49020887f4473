"""`peers`: our bookings to AWAITING_PAYMENT and pretix's unpaid orders, measured in turns on the same machine."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from rich.table import Table

from bench.booking_phases import accepted, book
from bench.calm_stack import calm_stack
from bench.closed_load import ClosedLoad, ClosedOutcome
from bench.crowd import Crowd
from bench.figures import Spread
from bench.peers.pretix import Pretix, running_pretix
from bench.peers.pretix_orders import orders
from bench.processor_time import Seconds, between, seconds_of, seconds_used
from bench.report import bench_folder, out, store
from tests.support.finished import everything_is_told
from tests.support.stack import RunningStack
from tests.support.waiting import until

NAME = "peers"
PATIENCE_SECONDS = 180
LOOK_SECONDS = 1
AT_REST_SECONDS = 0.03
"""A worker that used less processor time within `LOOK_SECONDS` has no task."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Each round makes `requests` of one seat at each side, `connections` at a time, after a warm-up of both."""

    rounds: int = 4
    requests: int = 150
    connections: int = 16
    buyers: int = 16
    warm_up: int = 40


@dataclass(frozen=True, slots=True)
class Measured:
    """One side in one round: answers a second, and the processor time of one request by program."""

    per_second: float
    processor_ms: dict[str, float]

    @property
    def processor_ms_in_all(self) -> float:
        """The processor time of one request in all programs."""
        return sum(self.processor_ms.values())


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides in one round."""

    pretix: Measured
    ours: Measured


def run(*, quick: bool) -> None:
    """Measures, prints and stores; with `quick` it only says that it measures nothing, since pretix takes minutes."""
    if quick:
        out.print(f"[dim]{NAME} is skipped: it has no quick form[/]")
        return
    plan, load = Plan(), os.getloadavg()[0]
    # Both below one folder, so that the commits of both go to the same disk.
    folder = bench_folder().parent / "peers"
    with running_pretix(folder / "pretix") as pretix, calm_stack(below=folder) as world:
        crowd = Crowd(world, plan.buyers)
        _pair(pretix, world.stack, crowd, plan.warm_up, plan.connections)
        pairs = [_pair(pretix, world.stack, crowd, plan.requests, plan.connections) for _ in range(plan.rounds)]
        world.stack.check(deadline_seconds=120)
    loads = [round(each, 1) for each in (load, os.getloadavg()[0])]
    _conclude(pairs, {**asdict(plan), "cores": os.cpu_count(), "load_average_before_and_after": loads})


def _pair(pretix: Pretix, stack: RunningStack, crowd: Crowd, number: int, connections: int) -> Pair:
    requests = orders(pretix, number)
    theirs = _measured(
        lambda: accepted(ClosedLoad(pretix.url, requests, connections), "201"),
        lambda: _rest(pretix),
        lambda: _seconds_used(pretix),
    )
    bookings = crowd.bookings(number)
    ours = _measured(
        lambda: book(stack, bookings, connections),
        lambda: until(
            lambda: everything_is_told(stack.environment),
            what="every webhook is delivered",
            seconds=PATIENCE_SECONDS,
            look_again=LOOK_SECONDS,
        ),
        lambda: seconds_used(stack),
    )
    return Pair(theirs, ours)


def _measured(act: Callable[[], ClosedOutcome], finish: Callable[[], object], used: Callable[[], Seconds]) -> Measured:
    before = used()
    outcome = act()
    finish()
    spent, number = between(before, used()), len(outcome.answers)
    return Measured(
        round(outcome.per_second, 2), {name: round(1000 * each / number, 3) for name, each in spent.items()}
    )


def _seconds_used(pretix: Pretix) -> Seconds:
    return {name: seconds_of(pid) for name, pid in pretix.programs.items()}


def _rest(pretix: Pretix) -> None:
    """Waits until pretix's worker has done the tasks that the orders caused."""

    def used_meanwhile() -> float:
        before = seconds_of(pretix.programs["worker"])
        time.sleep(LOOK_SECONDS)
        return seconds_of(pretix.programs["worker"]) - before

    until(
        used_meanwhile,
        lambda used: used < AT_REST_SECONDS,
        what="pretix's worker rests",
        seconds=PATIENCE_SECONDS,
    )


def _conclude(pairs: list[Pair], conditions: dict[str, object]) -> None:
    table = Table("", "our bookings", "pretix's orders", "ratio", title=f"{NAME}: median (least–most) of the rounds")
    measures: dict[str, Callable[[Measured], float]] = {
        "a second": lambda side: side.per_second,
        "processor time (ms)": lambda side: side.processor_ms_in_all,
    }
    for title, of in measures.items():
        ours, theirs = [of(pair.ours) for pair in pairs], [of(pair.pretix) for pair in pairs]
        ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
        table.add_row(title, _spread(ours, ".1f"), _spread(theirs, ".1f"), _spread(ratios, ".3f"))
    out.print(table)
    out.print(f"ours: {_parts([pair.ours for pair in pairs])}")
    out.print(f"pretix: {_parts([pair.pretix for pair in pairs])}")
    content = {"name": NAME, "rounds": [asdict(pair) for pair in pairs], "conditions": conditions}
    out.print(f"[dim]{store(NAME, content)}[/]")


def _spread(values: list[float], form: str) -> str:
    found = Spread.of(values)
    return f"{found.median:{form}} ({found.lowest:{form}}–{found.highest:{form}})"


def _parts(sides: list[Measured]) -> str:
    medians = {name: statistics.median(side.processor_ms[name] for side in sides) for name in sides[0].processor_ms}
    return ", ".join(f"{name} {milliseconds:.1f} ms" for name, milliseconds in medians.items())
