"""`stampede`: many buyers want the same seats at once, on a stack of its own.

- *One seat*: every buyer asks for it, at ticket and through client; exactly one gets it. How many are answered a
  second, and how long the slowest wait, compared with the median of calm bookings just before.
- *A hall*: many more buyers than seats. Each asks for one seat, and again if told to come later; every seat is sold
  once.
"""

from __future__ import annotations

import json
import os
import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

from rich.table import Table

from bench.calm_stack import calm_stack
from bench.closed_load import ClosedLoad, ClosedOutcome, send
from bench.crowd import Crowd, booking
from bench.http_request import Request
from bench.report import out, store
from tests.support.stack import RunningStack
from tests.support.world import World

NAME = "stampede"
CREATED, TAKEN = "201", "409"


@dataclass(frozen=True, slots=True)
class Plan:
    """`losers` requests for one seat in each of `rounds`; then `hall_buyers` for `hall_seats`."""

    rounds: int = 3
    losers: int = 3000
    connections: int = 32
    calm: int = 60
    accounts: int = 64
    hall_buyers: int = 5000
    hall_seats: int = 500
    hall_connections: int = 200


QUICK = Plan(rounds=1, losers=400, calm=20, accounts=16, hall_buyers=300, hall_seats=30, hall_connections=32)


@dataclass(frozen=True, slots=True)
class Rush:
    """One rush for one seat: answers a second, and times in milliseconds."""

    where: str
    per_second: float
    p99_ms: float
    calm_median_ms: float
    statuses: dict[str, int]


@dataclass(frozen=True, slots=True)
class Hall:
    """The rush for a hall; `sold_twice` are seats with two bookings, `told_to_wait` the answers 503 in all."""

    seconds: float
    statuses: dict[str, int]
    told_to_wait: int
    seats: int
    sold: int
    sold_twice: int


def run(*, quick: bool) -> None:
    """Measures, prints, stores; raises RuntimeError if a seat had no winner or two, or a rule is broken."""
    plan = QUICK if quick else Plan()
    with calm_stack() as world:
        crowd = Crowd(world, plan.accounts)
        rushes = [
            _rush(where, url, ask, crowd, plan)
            for _ in range(plan.rounds)
            for where, url, ask in (
                ("ticket", world.stack.environment.ticket_url, _at_ticket(world, crowd)),
                ("client", world.stack.environment.client_url, _through_client(crowd)),
            )
        ]
        hall = _hall(world, crowd, plan)
        world.stack.check(deadline_seconds=180)
    _show(rushes, hall, {**asdict(plan), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)})


Ask = Callable[[list[tuple[str, str]]], list[Request]]
"""Returns the requests of different buyers for the given events and seats."""


def _at_ticket(world: World[RunningStack], crowd: Crowd) -> Ask:
    headers = {
        "authorization": f"Bearer {world.stack.environment.ticket_api_key}",
        "content-type": "application/json",
    }
    # Those of accounts: client adopts the winners' bookings.
    customers = [buyer.account.as_customer() for buyer in crowd.buyers]

    def ask(wanted: list[tuple[str, str]]) -> list[Request]:
        return [
            Request("POST", "/api/v1/bookings", headers, _body(customer, event, seat))
            for customer, (event, seat) in zip(cycle(customers), wanted, strict=False)
        ]

    return ask


def _body(customer: dict[str, str], event: str, seat: str) -> str:
    return json.dumps({"booking_id": str(uuid4()), "event_id": event, "seat_ids": [seat], "customer": customer})


def _through_client(crowd: Crowd) -> Ask:
    tokens = crowd.tokens()

    def ask(wanted: list[tuple[str, str]]) -> list[Request]:
        return [booking(token, event, seat) for token, (event, seat) in zip(cycle(tokens), wanted, strict=False)]

    return ask


def _rush(where: str, url: str, ask: Ask, crowd: Crowd, plan: Plan) -> Rush:
    calm = send(ClosedLoad(url, ask(crowd.requests(plan.calm)), 1))
    _require(calm, {CREATED})
    contested = crowd.requests(1) * (plan.losers + 1)
    outcome = send(ClosedLoad(url, ask(contested), plan.connections))
    _require(outcome, {CREATED, TAKEN})
    if outcome.statuses()[CREATED] != 1:
        raise RuntimeError(f"One seat, {where}: {dict(outcome.statuses())}.")
    return Rush(
        where=where,
        per_second=round(outcome.per_second, 1),
        p99_ms=round(1000 * statistics.quantiles([answer.took for answer in outcome.answers], n=100)[98], 1),
        calm_median_ms=round(1000 * statistics.median(answer.took for answer in calm.answers), 1),
        statuses=dict(outcome.statuses()),
    )


def _hall(world: World[RunningStack], crowd: Crowd, plan: Plan) -> Hall:
    event = world.new_event()
    seats = world.ticket.create_seats(event.id, rows=plan.hall_seats // 10, seats_per_row=10)
    wanted = list(islice(cycle((event.id, seat.id) for seat in seats), plan.hall_buyers))
    requests = _through_client(crowd)(wanted)
    url = world.stack.environment.client_url
    outcome = send(ClosedLoad(url, requests, plan.hall_connections, patient=True))
    _require(outcome, {CREATED, TAKEN})
    winners = Counter(
        seat for (_, seat), answer in zip(wanted, outcome.answers, strict=True) if answer.status == CREATED
    )
    return Hall(
        seconds=round(outcome.seconds, 1),
        statuses=dict(outcome.statuses()),
        told_to_wait=sum(answer.refused for answer in outcome.answers),
        seats=len(seats),
        sold=len(winners),
        sold_twice=sum(number > 1 for number in winners.values()),
    )


def _require(outcome: ClosedOutcome, allowed: set[str]) -> None:
    other = [answer for answer in outcome.answers if answer.status not in allowed]
    if other:
        raise RuntimeError(f"Answers that nobody expects: {dict(outcome.statuses())}, as {other[0]}")


def _show(rushes: list[Rush], hall: Hall, conditions: dict[str, Any]) -> None:
    table = Table("where", "answers a second", "p99", "calm median", "p99 ÷ calm", title=f"{NAME}: one seat")
    for rush in rushes:
        ratio = rush.p99_ms / rush.calm_median_ms
        table.add_row(
            rush.where,
            f"{rush.per_second:.0f}",
            f"{rush.p99_ms:.1f} ms",
            f"{rush.calm_median_ms:.1f} ms",
            f"{ratio:.1f}",
        )
    out.print(table)
    answers = ", ".join(f"{status}: {number}" for status, number in sorted(hall.statuses.items()))
    out.print(
        f"{conditions['hall_buyers']:,} buyers for {hall.seats} seats: {hall.sold} sold, {hall.sold_twice} sold twice, "
        f"last answer after {hall.seconds} s ({answers}; told to come again {hall.told_to_wait:,} times)"
    )
    if hall.sold_twice or hall.sold < hall.seats:
        raise RuntimeError("A seat was sold twice, or not at all.")
    file = store(
        NAME,
        {"name": NAME, "rushes": [asdict(rush) for rush in rushes], "hall": asdict(hall), "conditions": conditions},
    )
    out.print(f"[dim]{file}[/]")
