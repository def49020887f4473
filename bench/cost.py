"""`cost`: what one booking costs, on a stack of its own: processor time by process, statements, commits, log, rows.

There are two phases. In the first, buyers book and get a link to pay; it ends when every service knows of it. In the
second, they pay; it ends when each has a document and a mail. The load generator's own time is not counted.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from bench.booking_phases import book, pay
from bench.calm_stack import calm_stack
from bench.closed_load import ClosedOutcome
from bench.cost_report import Cost, Phase, conclude
from bench.crowd import Crowd
from bench.database_work import work_done
from bench.processor_time import between, seconds_used
from tests.support.finished import bookings_are_finished, everything_is_told
from tests.support.rows import rows_left_by
from tests.support.stack import RunningStack
from tests.support.statements import counting_statements
from tests.support.waiting import until

PATIENCE_SECONDS = 180
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """Each round makes `bookings` of one seat, `connections` at a time; a smaller one before them warms up."""

    rounds: int = 3
    bookings: int = 300
    connections: int = 16
    buyers: int = 16
    warm_up: int = 60
    counted: int = 10
    idle_seconds: float = 10


QUICK = Plan(rounds=1, bookings=120, warm_up=40, counted=4, idle_seconds=4)


def run(*, quick: bool) -> None:
    """Measures, prints tables and stores the figures; then every rule of the platform must hold."""
    plan = QUICK if quick else Plan()
    with calm_stack({"PAYMENT_PROCESSING_SECONDS": "0"}) as world:
        stack, crowd = world.stack, Crowd(world, plan.buyers)
        _round(stack, crowd, plan.warm_up, plan)
        idle = _idle(stack, plan.idle_seconds)
        rounds = [_round(stack, crowd, plan.bookings, plan) for _ in range(plan.rounds)]
        statements = _statements(stack, crowd, plan)
        rows = rows_left_by(stack.environment, lambda: _one_by_one(stack, crowd, 1))
        stack.check(deadline_seconds=120)
    conclude(
        Cost(rounds, idle, statements, rows, {**asdict(plan), "cores": os.cpu_count(), "load": os.getloadavg()[0]})
    )


def _round(stack: RunningStack, crowd: Crowd, bookings: int, plan: Plan) -> tuple[Phase, Phase]:
    booked: list[ClosedOutcome] = []

    def book_all() -> ClosedOutcome:
        booked.append(book(stack, crowd.bookings(bookings), plan.connections))
        return booked[0]

    environment = stack.environment
    first = _phase(stack, book_all, lambda: everything_is_told(environment), bookings)
    second = _phase(
        stack, lambda: pay(stack, booked[0], plan.connections), lambda: bookings_are_finished(environment), bookings
    )
    return first, second


def _phase(stack: RunningStack, act: Callable[[], ClosedOutcome], is_over: Callable[[], bool], bookings: int) -> Phase:
    seconds, work, begun = seconds_used(stack), work_done(stack), time.perf_counter()
    outcome = act()
    until(is_over, what="the work is done", seconds=PATIENCE_SECONDS, look_again=LOOK_SECONDS)
    took = time.perf_counter() - begun
    used, done = between(seconds, seconds_used(stack)), work_done(stack).since(work)
    return Phase(
        bookings=bookings,
        answered_per_second=round(outcome.per_second, 1),
        finished_per_second=round(bookings / took, 1),
        median_ms=round(1000 * statistics.median(answer.took for answer in outcome.answers), 1),
        processor_ms={name: round(1000 * each / bookings, 3) for name, each in used.items()},
        commits=round(done.commits / bookings, 2),
        wal_kib=round(done.wal_bytes / 1024 / bookings, 2),
    )


def _idle(stack: RunningStack, seconds: float) -> dict[str, float]:
    """Returns the part of one core that each process uses while nobody asks for anything."""
    before, begun = seconds_used(stack), time.perf_counter()
    time.sleep(seconds)
    took = time.perf_counter() - begun
    return {name: round(used / took, 5) for name, used in between(before, seconds_used(stack)).items()}


def _statements(stack: RunningStack, crowd: Crowd, plan: Plan) -> dict[str, float]:
    with counting_statements(stack) as counted:
        _one_by_one(stack, crowd, plan.counted)
    return {name: round(number / plan.counted, 1) for name, number in sorted(counted.by_program.items())}


def _one_by_one(stack: RunningStack, crowd: Crowd, number: int) -> None:
    """Makes bookings of which each is finished before the next one begins, so that no work is shared."""
    for _ in range(number):
        _round(stack, crowd, 1, Plan(connections=1))
