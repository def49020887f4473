"""`soak`: ten minutes at half of what the stack can do: how long buyers and documents take, and whether memory grows.

First it is measured how many bookings a second are made, paid and get their documents, all at once. Then half of that
arrives in slices; while one slice books, the one before it pays.
"""

from __future__ import annotations

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

import psycopg2
from rich.table import Table

from bench.booking_phases import book, pay
from bench.calm_stack import calm_stack
from bench.closed_load import ClosedOutcome
from bench.crowd import Crowd
from bench.processor_time import memory_bytes
from bench.report import out, store
from tests.support.environment import Environment
from tests.support.finished import bookings_are_finished
from tests.support.stack import RunningStack
from tests.support.waiting import until

NAME = "soak"
PROCESSING_SECONDS = 0.2
PAID = "SELECT reference::text, extract(epoch FROM paid_at) FROM invoices WHERE paid_at IS NOT NULL"
DOCUMENT_KNOWN = "SELECT id::text, extract(epoch FROM updated_at) FROM bookings_booking WHERE document_kind IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole rate is measured with `trial` bookings; then come `slices` of `seconds` each."""

    trial: int = 400
    slices: int = 60
    seconds: float = 10
    buyers: int = 32
    connections: int = 32


QUICK = Plan(trial=80, slices=3, seconds=5, buyers=8)


@dataclass(frozen=True, slots=True)
class Slice:
    """The answers of one slice in milliseconds, and the memory of all processes at its end."""

    p50_ms: float
    p99_ms: float
    mib: dict[str, float]


def run(*, quick: bool) -> None:
    """Measures, prints, stores with a plot; then every rule of the platform must hold."""
    plan = QUICK if quick else Plan()
    with calm_stack({"PAYMENT_PROCESSING_SECONDS": str(PROCESSING_SECONDS)}) as world:
        stack, crowd = world.stack, Crowd(world, plan.buyers)
        rate = _whole_rate(stack, crowd, plan)
        out.print(f"[dim]· {rate:.1f} bookings a second from request to document; half of it follows[/]")
        before = set(_epochs(stack.environment.client_database_url, DOCUMENT_KNOWN))
        slices = _slices(stack, crowd, plan, rate / 2)
        until(lambda: bookings_are_finished(stack.environment), what="all documents are there", seconds=120)
        documents = _document_ms(stack.environment, before)
        stack.check(deadline_seconds=120)
    _show(rate, slices, documents, {**asdict(plan), "cores": os.cpu_count(), "load_average": os.getloadavg()[0]})


def _whole_rate(stack: RunningStack, crowd: Crowd, plan: Plan) -> float:
    pay(stack, book(stack, crowd.bookings(plan.trial // 4), plan.connections), plan.connections)
    until(lambda: bookings_are_finished(stack.environment), what="the trial is warm", seconds=120)
    begun = time.perf_counter()
    pay(stack, book(stack, crowd.bookings(plan.trial), plan.connections), plan.connections)
    until(lambda: bookings_are_finished(stack.environment), what="the trial is over", seconds=120)
    return plan.trial / (time.perf_counter() - begun)


def _slices(stack: RunningStack, crowd: Crowd, plan: Plan, per_second: float) -> list[Slice]:
    number = max(1, int(per_second * plan.seconds))
    slices: list[Slice] = []
    previous: ClosedOutcome | None = None
    with ThreadPoolExecutor(1) as pool:
        for _ in range(plan.slices):
            requests = crowd.bookings(number)
            booking = pool.submit(book, stack, requests, plan.connections, per_second=per_second)
            if previous is not None:
                pay(stack, previous, plan.connections, per_second=per_second)
            previous = booking.result()
            slices.append(_slice(previous, memory_bytes(stack)))
    if previous is not None:
        pay(stack, previous, plan.connections, per_second=per_second)
    return slices


def _slice(outcome: ClosedOutcome, memory: dict[str, int]) -> Slice:
    took = [1000 * answer.took for answer in outcome.answers]
    p99 = statistics.quantiles(took, n=100, method="inclusive")[-1] if len(took) > 1 else took[0]
    mib = {name: round(each / 2**20, 1) for name, each in memory.items()}
    return Slice(round(statistics.median(took), 1), round(p99, 1), mib)


def _document_ms(environment: Environment, before: set[str]) -> list[float]:
    """Returns the time from each payment to client's knowledge of the document."""
    paid = _epochs(environment.payment_database_url, PAID)
    known = _epochs(environment.client_database_url, DOCUMENT_KNOWN)
    return [1000 * (at - paid[booking]) for booking, at in known.items() if booking not in before]


def _epochs(url: str, query: str) -> dict[str, float]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return {key: float(at) for key, at in cursor.fetchall()}


def _show(rate: float, slices: list[Slice], documents: list[float], conditions: dict[str, Any]) -> None:
    table = Table("process", "MiB after the first slice", "after the last", title=f"{NAME}: {len(slices)} slices")
    first, last = slices[0].mib, slices[-1].mib
    for name in first:
        table.add_row(name, f"{first[name]:.0f}", f"{last[name]:.0f}")
    table.add_section()
    table.add_row("all", f"{sum(first.values()):.0f}", f"{sum(last.values()):.0f}")
    out.print(table)
    cuts = statistics.quantiles(documents, n=20, method="inclusive")
    p99 = [each.p99_ms for each in slices]
    out.print(f"{rate:.1f} bookings a second at most, from request to document; at half of it:")
    out.print(f"  answered: median {statistics.median(each.p50_ms for each in slices):.1f} ms, ", end="")
    out.print(f"p99 {statistics.median(p99):.1f} ms ({min(p99):.1f}–{max(p99):.1f} by slice)")
    out.print(f"  paid to document known: median {statistics.median(documents):.0f} ms, p95 {cuts[-1]:.0f} ms")
    found = {"rate": rate, "slices": [asdict(each) for each in slices], "document_ms": {"p95": cuts[-1]}}
    out.print(f"[dim]{store(NAME, {'name': NAME, **found, 'conditions': conditions})}[/]")
