"""`idle`: what the whole stack costs while nobody asks for anything, and how soon a change is told then.

The stack is the one that `./dev up` starts, dashboard included. A booking is made every now and then; measured is the
time from ticket's commit of a change to client's receipt of its webhook.
"""

from __future__ import annotations

import os
import statistics
import time
from contextlib import closing
from dataclasses import asdict, dataclass

import psycopg2
from rich.table import Table

from bench.calm_stack import calm_stack
from bench.processor_time import WITH_FRONTEND, between, memory_bytes, seconds_used
from bench.report import out, store
from devstack.environment import WITHOUT_FRONTEND

NAME = "idle"
DELAYS = """
SELECT 1000 * extract(epoch FROM delivered_at - created_at)
FROM webhook_deliveries WHERE state = 'DELIVERED' AND attempts = 1
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """Nothing is asked for `seconds`; then `bookings` are made, one after the other with pauses."""

    settle_seconds: float = 20
    seconds: float = 60
    bookings: int = 40
    pause_seconds: float = 0.5


QUICK = Plan(settle_seconds=8, seconds=12, bookings=10)


def run(*, quick: bool) -> None:
    """Measures, prints and stores."""
    plan = QUICK if quick else Plan()
    with calm_stack({WITHOUT_FRONTEND: ""}) as world:
        time.sleep(plan.settle_seconds)
        before, begun = seconds_used(world.stack, WITH_FRONTEND), time.perf_counter()
        time.sleep(plan.seconds)
        took = time.perf_counter() - begun
        parts = {name: used / took for name, used in between(before, seconds_used(world.stack, WITH_FRONTEND)).items()}
        memory = memory_bytes(world.stack, WITH_FRONTEND)
        buyer = world.buyer()
        for number in range(plan.bookings):
            world.book(buyer, number)
            time.sleep(plan.pause_seconds)
        world.stack.check()
        delays = _delays(world.stack.environment.ticket_database_url)
    _show(parts, memory, delays, plan)


def _delays(url: str) -> list[float]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(DELAYS)
        return [float(delay) for (delay,) in cursor.fetchall()]


def _show(parts: dict[str, float], memory: dict[str, int], delays: list[float], plan: Plan) -> None:
    table = Table("process", "of one core", "MiB", title=f"{NAME}: nobody asks for anything")
    for name, part in parts.items():
        table.add_row(name, f"{part:.2%}", f"{memory[name] / 2**20:.0f}")
    table.add_section()
    table.add_row("all", f"{sum(parts.values()):.2%}", f"{sum(memory.values()) / 2**20:.0f}")
    out.print(table)
    told = statistics.quantiles(delays, n=20, method="inclusive")
    out.print(
        f"from ticket's change to client's receipt: median {statistics.median(delays):.0f} ms, p95 {told[-1]:.0f} ms"
    )
    conditions = {**asdict(plan), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)}
    found = {"parts_of_a_core": parts, "memory_bytes": memory, "told_ms": delays}
    out.print(f"[dim]{store(NAME, {'name': NAME, **found, 'conditions': conditions})}[/]")
