"""`map`: what the seat map of a large hall costs, at ticket and through client: processor time and bytes.

A map is asked for after a seat has changed and every copy is too old (fresh), again while the copies hold (again), and
with the tag of the content that the caller has (unchanged). The load generator's own time is not counted.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPResponse

from rich.table import Table

from bench.calm_stack import calm_stack
from bench.map_seats import COUNTED, PLACES, STALE_SECONDS, Hall, asked_at
from bench.processor_time import between, precise_seconds
from bench.report import out, store
from tests.support.stack import RunningStack

NAME = "map"
KINDS = ("fresh", "again", "unchanged")


@dataclass(frozen=True, slots=True)
class Plan:
    """Each round asks once for a fresh map, and `repeats` times each for the same map and for its tag."""

    seats: int = 50_000
    rounds: int = 9
    repeats: int = 40


QUICK = Plan(seats=5_000, rounds=3, repeats=20)


@dataclass(frozen=True, slots=True)
class Answers:
    """The processor time of one answer in each round, by process, in milliseconds; and the bytes of the last body."""

    processor_ms: list[dict[str, float]]
    body_bytes: int

    @property
    def in_all(self) -> list[float]:
        """The processor time of all processes, in each round."""
        return [sum(each.values()) for each in self.processor_ms]


class Caller:
    """Asks for the map over one connection, as a browser does that accepts gzip."""

    def __init__(self, connection: HTTPConnection, event_id: str, headers: Mapping[str, str]) -> None:
        self._connection = connection
        self._target = f"/api/v1/events/{event_id}/seat-map"
        self._headers = {"accept-encoding": "gzip", **headers}

    def get(self, status: int, tag: str = "", encoding: str = "gzip") -> tuple[HTTPResponse, bytes]:
        """Returns the answer and its body; raises RuntimeError if it has another status."""
        headers = {**self._headers, "accept-encoding": encoding} | ({"if-none-match": tag} if tag else {})
        self._connection.request("GET", self._target, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != status:
            raise RuntimeError(f"{self._target} answered {answer.status} instead of {status}.")
        return answer, body

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def run(*, quick: bool) -> None:
    """Measures, prints a table and stores the figures; then every rule of the platform must hold."""
    plan = QUICK if quick else Plan()
    with calm_stack() as world:
        stack = world.stack
        with Hall(stack.environment.ticket_database_url).built(plan.seats) as hall:
            found = {place: _measured(stack, hall, place, plan) for place in PLACES}
        stack.check()
    _show(found, plan)


def _measured(stack: RunningStack, hall: Hall, place: str, plan: Plan) -> dict[str, Answers]:
    connection, headers = asked_at(stack.environment, place)
    caller = Caller(connection, hall.event_id, headers)
    with closing(caller):
        caller.get(200)
        rounds = [_round(stack, hall, caller, plan.repeats) for _ in range(plan.rounds)]
        plain = len(caller.get(200, encoding="identity")[1])
    times = {kind: [each[kind][0] for each in rounds] for kind in KINDS}
    sizes = {kind: rounds[-1][kind][1] for kind in KINDS}
    return {kind: Answers(times[kind], sizes[kind]) for kind in KINDS} | {"plain": Answers([], plain)}


def _round(stack: RunningStack, hall: Hall, caller: Caller, repeats: int) -> dict[str, tuple[dict[str, float], int]]:
    hall.change()
    time.sleep(STALE_SECONDS)
    before = precise_seconds(stack, COUNTED)
    answer, body = caller.get(200)
    fresh = _each(before, precise_seconds(stack, COUNTED), 1)
    tag = answer.getheader("etag") or ""
    return {"fresh": (fresh, len(body))} | {
        kind: _repeated(stack, caller, status, named, repeats)
        for kind, status, named in (("again", 200, ""), ("unchanged", 304, tag))
    }


def _repeated(stack: RunningStack, caller: Caller, status: int, tag: str, repeats: int) -> tuple[dict[str, float], int]:
    """Asks in one go, beginning with a copy that has just been compared, so that it holds for most of them."""
    time.sleep(STALE_SECONDS)
    caller.get(status, tag)
    before = precise_seconds(stack, COUNTED)
    for _ in range(repeats):
        _, body = caller.get(status, tag)
    return _each(before, precise_seconds(stack, COUNTED), repeats), len(body)


def _each(before: dict[str, float], after: dict[str, float], answers: int) -> dict[str, float]:
    return {name: round(1000 * used / answers, 3) for name, used in between(before, after).items()}


def _show(found: Mapping[str, Mapping[str, Answers]], plan: Plan) -> None:
    table = Table("asked", "map", "processor ms", *COUNTED, "KB", title=f"{NAME}: {plan.seats:,} seats")
    for place in PLACES:
        for kind in KINDS:
            answers = found[place][kind]
            parts = [f"{statistics.median(each[name] for each in answers.processor_ms):.2f}" for name in COUNTED]
            table.add_row(place, kind, _spread(answers.in_all), *parts, f"{answers.body_bytes / 1000:.1f}")
    out.print(table)
    out.print(f"not compressed: {found['client']['plain'].body_bytes / 1000:.1f} KB; median and spread of the rounds")
    content = {
        "name": NAME,
        "places": {
            place: {kind: {**asdict(answers), "in_all_ms": answers.in_all} for kind, answers in kinds.items()}
            for place, kinds in found.items()
        },
        "conditions": {**asdict(plan), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)},
    }
    out.print(f"[dim]{store(NAME, content)}[/]")


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"
