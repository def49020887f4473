"""`chain`: bookings per second through every service, from the client's HTTP API to BOOKED, on the running stack.

The reference is measured right after each round: how many transactions with one inserted row the stack's PostgreSQL
commits per second, on as many connections as there are buyers.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from urllib.parse import unquote, urlsplit

import psycopg2

from bench import pgbench
from bench.figures import Figures, Round
from tests.support.client_api import ClientApi
from tests.support.environment import Environment
from tests.support.stack import ReachableStack
from tests.support.waiting import until
from tests.support.world import World

COMMIT = "INSERT INTO bench_commits (at) VALUES (now());\n"


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of the benchmark: in each round, `buyers` together make `bookings`, each one seat at a time."""

    rounds: int = 3
    bookings: int = 96
    buyers: int = 8
    reference_seconds: int = 3


def run(plan: Plan | None = None) -> Figures:
    """Runs all rounds, then checks the invariants of the whole stack."""
    plan = plan or Plan()
    environment = Environment.of_process()
    world = World(ReachableStack(environment))
    world.calm()
    try:
        buyers = [world.buyer(f"Bench{number} Buyer") for number in range(plan.buyers)]
        rounds = [
            Round(_bookings_per_second(world, buyers, plan), _commits_per_second(environment, plan))
            for _ in range(plan.rounds)
        ]
        world.stack.check(deadline_seconds=120)
    finally:
        world.restore_chance()
        world.close()
    conditions = {**asdict(plan), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)}
    return Figures("chain", "whole bookings through client", "commits of one row", rounds, conditions)


def _bookings_per_second(world: World[ReachableStack], buyers: list[ClientApi], plan: Plan) -> float:
    event = world.new_event()
    seats = world.ticket.create_seats(event.id, rows=-(-plan.bookings // 20), seats_per_row=20)

    def book_and_pay(number: int) -> str:
        booking = buyers[number % plan.buyers].book(event.id, [seats[number].id])
        world.pay(booking)
        return booking.id

    begun = time.perf_counter()
    with ThreadPoolExecutor(plan.buyers) as pool:
        made = set(pool.map(book_and_pay, range(plan.bookings)))
    until(lambda: made <= _booked(buyers), what="all are BOOKED", seconds=120)
    return plan.bookings / (time.perf_counter() - begun)


def _booked(buyers: list[ClientApi]) -> set[str]:
    return {booking.id for buyer in buyers for booking in buyer.bookings(status="BOOKED")}


def _commits_per_second(environment: Environment, plan: Plan) -> float:
    address = urlsplit(environment.ticket_database_url)
    with closing(psycopg2.connect(environment.ticket_database_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_commits (at timestamptz)")
        try:
            return pgbench.transactions_per_second(
                COMMIT,
                port=address.port or 5432,
                password=unquote(address.password or ""),
                connections=plan.buyers,
                seconds=plan.reference_seconds,
            )
        finally:
            cursor.execute("DROP TABLE bench_commits")
