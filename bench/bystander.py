"""`bystander`: how long a buyer waits while something troubles others, on a stack of its own with a faulty network.

For each trouble the same steps are measured twice, one after the other: while all is calm, and during the trouble.
"""

from __future__ import annotations

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from bench.report import out, store
from tests.support.bystander import BOOK, STEPS, Bystander, Observed
from tests.support.faulty_stack import FaultyStack, faulty_stack
from tests.support.invariants import InvariantsBroken
from tests.support.troubles import Trouble, troubles
from tests.support.world import World

NAME = "bystander"
LOOK_EVERY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """A window is over after `purchases` or, with the step then under way, after `window_seconds`.

    A step is given up after `limit_seconds`; so many wait in the long line.
    """

    purchases: int = 12
    window_seconds: float = 30
    limit_seconds: float = 15
    line: int = 3000


QUICK = Plan(purchases=3, window_seconds=4, limit_seconds=10, line=100)


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one step in one window, in milliseconds; those not done count with the time that was waited."""

    count: int
    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: list[float]) -> Spread | None:
        if not seconds:
            return None
        every = [1000 * each for each in seconds]
        p95 = statistics.quantiles(every, n=20, method="inclusive")[-1] if len(every) > 1 else every[0]
        return cls(len(every), round(statistics.median(every), 1), round(p95, 1))


@dataclass(frozen=True, slots=True)
class Row:
    """One step, calm and during one trouble."""

    trouble: str
    step: str
    calm: Spread | None
    troubled: Spread | None
    not_done: list[str]

    @property
    def ratio(self) -> float | None:
        """Of the two p95."""
        return round(self.troubled.p95 / self.calm.p95, 2) if self.calm and self.troubled else None


def run(*, quick: bool) -> None:
    """Measures every trouble, prints the table and stores it; then every rule must hold."""
    plan = QUICK if quick else Plan()
    rows: list[Row] = []
    with faulty_stack() as stack:
        world = World(stack)
        world.calm()
        try:
            for trouble in troubles(plan.line):
                rows += _measured(world, trouble, plan)
            _show(rows)
            violations = _violations(stack)
        finally:
            world.close()
    _conclude(rows, plan, violations)


def _violations(stack: FaultyStack) -> list[str]:
    try:
        stack.check(120)
    except InvariantsBroken as broken:
        return [str(violation) for violation in broken.violations]
    return []


def _measured(world: World[FaultyStack], trouble: Trouble, plan: Plan) -> list[Row]:
    out.print(f"[dim]· {trouble.name}[/]")
    bystander = Bystander(world, seats=3 * plan.purchases, limit_seconds=plan.limit_seconds)
    calm = _window(bystander, plan)
    if trouble.books_before:
        bystander.prepare(plan.purchases)
    with trouble.under_way(world):
        troubled = _window(bystander, plan)
    steps = [step for step in STEPS if not (trouble.books_before and step == BOOK)]
    return [
        Row(
            trouble.name,
            step,
            Spread.of(calm.seconds[step]),
            Spread.of(troubled.seconds[step]),
            [each.reason for each in troubled.not_done if each.step == step],
        )
        for step in steps
    ]


def _window(bystander: Bystander, plan: Plan) -> Observed:
    end = time.monotonic() + plan.window_seconds
    with ThreadPoolExecutor(1) as pool:
        buying = pool.submit(_buy, bystander, plan.purchases, end)
        while not buying.done():
            bystander.looks()
            time.sleep(LOOK_EVERY_SECONDS)
    buying.result()
    return bystander.new_observation()


def _buy(bystander: Bystander, purchases: int, end: float) -> None:
    for _ in range(purchases):
        bystander.buys()
        if time.monotonic() > end:
            return


def _show(rows: list[Row]) -> None:
    table = Table("trouble", "step", "calm p50 / p95", "in trouble p50 / p95", "ratio of p95", "not done", title=NAME)
    shown = ""
    for row in rows:
        name, shown = ("" if row.trouble == shown else row.trouble), row.trouble
        ratio = "–" if row.ratio is None else f"{row.ratio:.1f}"
        table.add_row(name, row.step, _text(row.calm), _text(row.troubled), ratio, str(len(row.not_done) or ""))
    out.print(table)


def _conclude(rows: list[Row], plan: Plan, violations: list[str]) -> None:
    worst = max((row.ratio for row in rows if row.ratio), default=0)
    missing = sum(len(row.not_done) for row in rows)
    out.print(f"worst ratio [bold]{worst:.1f}[/], {missing} steps not done, {len(violations)} broken rules")
    for violation in violations[:20]:
        out.print(f"  {violation}")
    content: dict[str, Any] = {
        "name": NAME,
        "rows": [{**asdict(row), "ratio": row.ratio} for row in rows],
        "violations": violations,
        "conditions": {**asdict(plan), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)},
    }
    out.print(f"[dim]{store(NAME, content)}[/]")


def _text(spread: Spread | None) -> str:
    return "–" if spread is None else f"{spread.p50:.0f} / {spread.p95:.0f} ms"
