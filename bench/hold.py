"""Ticket's HTTP API, written to by many buyers, against pgbench running its hold statement.

`hold` counts holds committed, without organizer and payment (the request ends where it would ask them); `booking`
counts whole requests with organizer and payment that answer at once, which write a second transaction.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import httpx

from bench import pgbench
from bench.figures import Figures, Round
from bench.http_load import Order
from bench.scratch_database import SOURCE, ScratchDatabase, SeatBlock, scratch_database
from devstack.home import REPOSITORY
from devstack.ports import HOST, unused_port
from tests.support.reading import ticket as ticket_database
from tests.support.rules import seats as rules
from tests.support.snapshot import Snapshot

KEY = "bench-key-of-more-than-24-characters"
WEBHOOK_SECRET = "whsec_" + "YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmU="
READY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Plan:
    """How to measure. `connections` is used for pgbench and for the service's pool alike."""

    scope: Literal["hold", "booking"] = "hold"
    rounds: int = 5
    seconds: int = 4
    connections: int = 16
    http_connections: int = 32
    processes: int = 1
    most_per_second: int = 6000
    """Seats are laid out for this rate."""

    @property
    def seats(self) -> int:
        return self.most_per_second * self.seconds

    @property
    def status(self) -> str:
        """How a request is answered that has done what is measured."""
        return "415" if self.scope == "hold" else "201"


def run(plan: Plan) -> Figures:
    """All rounds, then the invariants."""
    rounds: list[Round] = []
    latencies: list[float] = []
    with scratch_database() as database, _ticket_service(database, plan) as url:
        _measure(database, url, plan, tag=1)  # warms both sides up
        for number in range(plan.rounds):
            measured, reference, took = _measure(database, url, plan, tag=2 * number + 3)
            rounds.append(Round(measured, reference))
            latencies += took
        _check(database)
    return Figures(plan.scope, "ticket's HTTP API", "pgbench", rounds, _conditions(plan, latencies))


def _measure(database: ScratchDatabase, url: str, plan: Plan, *, tag: int) -> tuple[float, float, list[float]]:
    """One round: the service, then pgbench, each with seats of its own of the same kind."""
    ours, theirs = (database.make_block(tag + offset, plan.seats) for offset in (0, 1))
    database.settle()
    measured, latencies = _load(database, url, plan, ours)
    database.settle()
    reference = pgbench.holds_per_second(database, theirs, connections=plan.connections, seconds=plan.seconds)
    return measured, reference, latencies


def _load(database: ScratchDatabase, url: str, plan: Plan, block: SeatBlock) -> tuple[float, list[float]]:
    order = Order(url, KEY, block.tag, block.count, plan.http_connections, plan.seconds)
    done = subprocess.run(
        [sys.executable, "-m", "bench.http_load"],
        input=json.dumps(asdict(order)),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=plan.seconds + 60,
    )
    if done.returncode != 0:
        raise RuntimeError(f"The load generator failed: {done.stderr.strip()}")
    outcome: dict[str, Any] = json.loads(done.stdout)
    created = outcome["statuses"].get(plan.status, 0)
    booked = database.holds_of(block)
    if set(outcome["statuses"]) != {plan.status} or created != booked:
        raise RuntimeError(f"answers {outcome['statuses']}, but {booked} bookings were made")
    return created / outcome["seconds"], outcome["latencies_ms"]


def _check(database: ScratchDatabase) -> None:
    """Rule 1 of DESIGN section 10 on every seat and booking that the benchmark has made."""
    snapshot = Snapshot(now=datetime.now(UTC))
    ticket_database.read_into(snapshot, database.url)
    violations = list(rules.seats_have_one_booking(snapshot))
    if violations:
        raise RuntimeError(f"{len(violations)} broken promises, first: {violations[0]}")


def _conditions(plan: Plan, latencies: list[float]) -> dict[str, Any]:
    cuts = statistics.quantiles(latencies, n=100)
    return {
        **asdict(plan),
        "cores": os.cpu_count(),
        "latency_ms": {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)},
    }


@contextmanager
def _ticket_service(database: ScratchDatabase, plan: Plan) -> Iterator[str]:
    port = unused_port()
    environment = {
        **os.environ,
        "PYTHONPATH": f"{SOURCE}:{REPOSITORY}",
        "HOST": HOST,
        "PORT": str(port),
        "BENCH_PROCESSES": str(plan.processes),
        "BENCH_SCOPE": plan.scope,
        "DATABASE_URL": database.url,
        "DATABASE_POOL_SIZE": str(plan.connections // plan.processes),
        "API_KEYS": json.dumps({"bench": {"key": KEY, "scopes": ["*"]}}),
        "PAYMENT_URL": f"http://{HOST}:9",
        "PAYMENT_API_KEY": KEY,
        "ORGANIZER_API_KEY": KEY,
        "TICKET_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "CLIENT_WEBHOOK_URL": f"http://{HOST}:9/webhooks/ticket",
        "CLIENT_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "S3_ENDPOINT": f"http://{HOST}:9",
        "S3_PUBLIC_ENDPOINT": f"http://{HOST}:9",
        "S3_ACCESS_KEY": "bench",
        "S3_SECRET_KEY": KEY,
        "LOG_LEVEL": "INFO",
    }
    service = subprocess.Popen(
        [sys.executable, "-m", "bench.hold_app"], cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _await_ready(service, f"http://{HOST}:{port}")
        yield f"http://{HOST}:{port}"
    finally:
        service.terminate()
        service.wait(READY_SECONDS)


def _await_ready(service: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and service.poll() is None:
        try:
            httpx.get(f"{url}/healthz", timeout=1, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The ticket service of the benchmark did not start.")
