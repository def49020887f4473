"""`best`: what proposals of the best seats cost in a large hall, for a crowd at ticket and through client.

In each round a seat has changed and every copy of the map is too old; then a crowd asks one after the other, each with
a seed of its own. The first of them waits for a new map and its proposals, which is a part of the cost of each answer.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from http.client import HTTPConnection

from rich.table import Table

from bench.calm_stack import calm_stack
from bench.map_seats import COUNTED, PLACES, STALE_SECONDS, Hall, asked_at
from bench.processor_time import between, precise_seconds
from bench.report import out, store
from tests.support.stack import RunningStack

NAME = "best"


@dataclass(frozen=True, slots=True)
class Plan:
    """Each round has a crowd of `callers` who want `count` seats together."""

    seats: int = 50_000
    rounds: int = 9
    callers: int = 300
    count: int = 2


QUICK = Plan(seats=5_000, rounds=3, callers=60)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The processor time of one answer by process, in milliseconds, and the number of different proposals."""

    processor_ms: dict[str, float]
    proposals: int

    @property
    def in_all(self) -> float:
        """The processor time of all processes."""
        return sum(self.processor_ms.values())


def run(*, quick: bool) -> None:
    """Measures, prints a table and stores the figures; then every rule of the platform must hold."""
    plan = QUICK if quick else Plan()
    with calm_stack() as world:
        stack = world.stack
        with Hall(stack.environment.ticket_database_url).built(plan.seats) as hall:
            found = {place: _measured(stack, hall, place, plan) for place in PLACES}
        stack.check()
    _show(found, plan)


def _measured(stack: RunningStack, hall: Hall, place: str, plan: Plan) -> list[Crowd]:
    opened, headers = asked_at(stack.environment, place)
    with closing(opened) as connection:
        _ask(connection, hall, plan, headers, seed="first")
        return [_round(stack, hall, connection, plan, headers) for _ in range(plan.rounds)]


def _round(
    stack: RunningStack, hall: Hall, connection: HTTPConnection, plan: Plan, headers: Mapping[str, str]
) -> Crowd:
    hall.change()
    time.sleep(STALE_SECONDS)
    before = precise_seconds(stack, COUNTED)
    answers = [_ask(connection, hall, plan, headers, seed=f"caller-{number}") for number in range(plan.callers)]
    used = between(before, precise_seconds(stack, COUNTED))
    each = {name: round(1000 * seconds / plan.callers, 3) for name, seconds in used.items()}
    return Crowd(each, len(set(answers)))


def _ask(
    connection: HTTPConnection, hall: Hall, plan: Plan, headers: Mapping[str, str], *, seed: str
) -> tuple[str, ...]:
    """Returns the ids of the proposed seats; raises RuntimeError if there are none."""
    path = f"/api/v1/events/{hall.event_id}/best-seats?count={plan.count}&seed={seed}"
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}.")
    proposal = json.loads(body)["proposal"]
    if proposal is None:
        raise RuntimeError(f"{path} proposed nothing.")
    return tuple(seat["id"] for seat in proposal["seats"])


def _show(found: Mapping[str, Sequence[Crowd]], plan: Plan) -> None:
    title = f"{NAME}: {plan.count} of {plan.seats:,} seats, crowds of {plan.callers}"
    table = Table("asked", "processor ms", *COUNTED, "proposals", title=title)
    for place, crowds in found.items():
        parts = [f"{statistics.median(crowd.processor_ms[name] for crowd in crowds):.2f}" for name in COUNTED]
        proposals = statistics.median(crowd.proposals for crowd in crowds)
        table.add_row(place, _spread([crowd.in_all for crowd in crowds]), *parts, f"{proposals:.0f}")
    out.print(table)
    out.print("of one answer; median and spread of the rounds")
    content = {
        "name": NAME,
        "places": {place: [asdict(crowd) for crowd in crowds] for place, crowds in found.items()},
        "conditions": {**asdict(plan), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)},
    }
    out.print(f"[dim]{store(NAME, content)}[/]")


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"
