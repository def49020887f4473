"""Compares ticket's HTTP API under many concurrent buyers with pgbench, which runs the same hold statement.

The ratio R is bookings per second through HTTP over reference transactions per second.

Measured: `POST /bookings` of the application as it is deployed (route, key, validation, hold statement and its commit,
answer 201, log line and metrics), over keep-alive connections of a load generator in a process of its own. The gateways
to organizer and payment are replaced by objects inside the process that accept everything at once.

- `hold` leaves out transaction 2, so that each request commits one hold.
- `booking` leaves nothing out: each request also commits the second transaction, with the client's webhook. The
  reference is still the hold alone.

Reference: pgbench runs the statement of `ticketing/db/sql/take_seats.sql`, prepared, one commit each, on as many
connections as the service's pool has, on the same server, for seats of the same kind.

The rounds of both sides are interleaved, and the side that goes first alternates. Service, PostgreSQL and load
generator share this machine's processors. Afterwards the benchmark counts every answered booking in the database and
checks the rules of docs/booking.md that need only one database (1 and 5).
"""

from __future__ import annotations

import os
import statistics
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench import pgbench
from bench.figures import Figures, Round
from bench.generator import run_generator
from bench.http_load import Load
from bench.scratch_database import ScratchDatabase, SeatBlock, scratch_database
from bench.service import KEY, Scope, TicketService, ticket_service
from tests.support.reading import ticket as ticket_database
from tests.support.rules import seats as rules
from tests.support.snapshot import Snapshot

CREATED = "201"


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of the benchmark; pgbench and the service's pool have `connections` each."""

    scope: Scope = "hold"
    rounds: int = 6
    seconds: int = 4
    connections: int = 16
    http_connections: int = 32
    processes: int = 1
    """One, as in `./dev up` and compose: on two cores that PostgreSQL shares, a second one costs more than it gains."""
    most_per_second: int = 6000
    """The highest rate for which there are enough seats."""

    @property
    def seats(self) -> int:
        return self.most_per_second * self.seconds


@dataclass(slots=True)
class Observed:
    """What is measured of the service besides its rate."""

    latencies_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    """The processor time of the service per request, one value per round."""


def run(plan: Plan) -> Figures:
    """Runs all rounds, then checks the invariants."""
    observed = Observed()
    with (
        scratch_database() as database,
        ticket_service(database, scope=plan.scope, processes=plan.processes, pool=plan.connections) as service,
    ):
        _measure(database, service, plan, number=0, observed=Observed())  # warms up both sides
        load_before = os.getloadavg()[0]
        rounds = [
            _measure(database, service, plan, number=number, observed=observed) for number in range(1, plan.rounds + 1)
        ]
        load_averages = [load_before, os.getloadavg()[0]]
        _check(database)
    return Figures(plan.scope, "ticket's HTTP API", "pgbench", rounds, _conditions(plan, observed, load_averages))


def _measure(
    database: ScratchDatabase, service: TicketService, plan: Plan, *, number: int, observed: Observed
) -> Round:
    """Runs one round: the service and pgbench one after the other, each on its own seats of the same kind."""
    ours, theirs = (database.make_block(2 * number + offset, plan.seats) for offset in (1, 2))

    def reference() -> float:
        database.settle()
        return pgbench.holds_per_second(database, theirs, connections=plan.connections, seconds=plan.seconds)

    def measured() -> float:
        database.settle()
        return rate(database, service, plan, ours, observed)

    if number % 2:
        ours_per_second = measured()
        return Round(ours_per_second, reference())
    most = reference()
    return Round(measured(), most)


def rate(database: ScratchDatabase, service: TicketService, plan: Plan, block: SeatBlock, observed: Observed) -> float:
    """Loads the service with bookings of the block's seats; returns how many it makes a second."""
    load = Load(service.url, KEY, block.tag, block.count, plan.http_connections, plan.seconds)
    spent = service.cpu_seconds()
    outcome = run_generator("bench.http_load", load, seconds=plan.seconds + 60)
    spent = service.cpu_seconds() - spent
    created: int = outcome["statuses"].get(CREATED, 0)
    booked = database.holds_of(block)
    if set(outcome["statuses"]) != {CREATED} or created != booked:
        raise RuntimeError(f"answers {outcome['statuses']}, but {booked} bookings were made")
    observed.latencies_ms += outcome["latencies_ms"]
    observed.cpu_ms.append(spent / created * 1000)
    return created / float(outcome["seconds"])


def _check(database: ScratchDatabase) -> None:
    """Checks the rules of docs/booking.md on every seat and booking of the benchmark."""
    snapshot = Snapshot(now=datetime.now(UTC))
    ticket_database.read_into(snapshot, database.url)
    violations = [*rules.seats_have_one_booking(snapshot), *rules.nobody_is_passed_over(snapshot)]
    if violations:
        raise RuntimeError(f"{len(violations)} broken promises, first: {violations[0]}")


def _conditions(plan: Plan, observed: Observed, load_averages: list[float]) -> dict[str, Any]:
    cuts = statistics.quantiles(observed.latencies_ms, n=100)
    return {
        **asdict(plan),
        "cores": os.cpu_count(),
        "load_average": [round(each, 1) for each in load_averages],
        "service_cpu_ms_per_request": round(statistics.median(observed.cpu_ms), 3),
        "latency_ms": {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)},
    }
