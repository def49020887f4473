"""One seat, thirty in its queue: the holder cancels while a hundred buyers try to book it, and none gets in between.

First the same race with a reassignment that opens the seat before it promotes, to show that buyers then get in between.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier, Event
from typing import Any
from uuid import uuid4

import psycopg2
import pytest

from devstack.deadlines import stretched
from tests.conftest import IS_LONG
from tests.support.client_api import ClientApi, Seat
from tests.support.http import HttpApi, ProblemError
from tests.support.scratch_seats import scratch_seats
from tests.support.ticket_api import API
from tests.support.waiting import until
from tests.support.world import World

ROUNDS = 100 if IS_LONG else 3
BUYERS = 100
CALLERS = 20
"""Connections over which the hundred come, each again and again until the seat has been passed on."""
IN_LINE = 30
HANDOVER_SECONDS = 30
REST_SECONDS = 120 + 3 * ROUNDS
"""What a busy machine answered too late comes again after 30 s."""

OPEN_FIRST = (
    "UPDATE {schema}.seats SET status = 'OPEN', holder = NULL",
    "UPDATE {schema}.seats SET status = 'ON_GOING', holder = 'first in line' WHERE status = 'OPEN'",
)
IN_ONE = ("UPDATE {schema}.seats SET status = 'ON_GOING', holder = 'first in line'",)
TAKE = "UPDATE {schema}.seats SET status = 'ON_GOING', holder = 'buyer' WHERE status = 'OPEN'"


@pytest.fixture
def schema(world: World) -> Iterator[tuple[str, str]]:
    """A table of one taken seat."""
    url = world.stack.environment.ticket_database_url
    with scratch_seats(url, "status text, holder text", "'BOOKED', 'holder'") as name:
        yield url, name


@pytest.mark.parametrize(
    ("reassignment", "gets_it"),
    [(OPEN_FIRST, "buyer"), (IN_ONE, "first in line")],
    ids=["a seat that is opened first is taken by a buyer", "a seat that passes on in one step is not"],
)
def test_the_race_is_real(schema: tuple[str, str], reassignment: tuple[str, ...], gets_it: str) -> None:
    url, name = schema
    connection = psycopg2.connect(url)
    connection.autocommit = True
    cursor = connection.cursor()
    with _buyers_at_table(url, name) as tries:
        for statement in reassignment:
            cursor.execute(statement.format(schema=name))
            # Between two transactions anything may pass, here a few tries of the buyers.
            reached = len(tries) + 10
            until(lambda wanted=reached: len(tries) >= wanted, what="buyers try")  # type: ignore[misc]
    cursor.execute(f"SELECT holder FROM {name}.seats")
    assert cursor.fetchone() == (gets_it,)
    connection.close()


@contextmanager
def _buyers_at_table(url: str, schema: str) -> Iterator[list[int]]:
    over, tries = Event(), []

    def buy() -> None:
        connection = psycopg2.connect(url)
        connection.autocommit = True
        cursor = connection.cursor()
        while not over.is_set():
            cursor.execute(TAKE.format(schema=schema))
            tries.append(cursor.rowcount)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(buy) for _ in range(4)]
        try:
            yield tries
        finally:
            over.set()
        for each in running:
            each.result()


class Rush:
    """A hundred buyers at ticket's door, and an observer who never looks away from the seat."""

    def __init__(self, world: World, seat: Seat) -> None:
        self._world = world
        self._seat = seat
        self._over = Event()
        self._let_go = Barrier(CALLERS + 1, timeout=stretched(60))
        self.answers: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()

    @contextmanager
    def rushing(self) -> Iterator[None]:
        """They rush as long as the block lasts, and each of the hundred at least once."""
        with ThreadPoolExecutor(CALLERS + 1) as pool:
            running = [pool.submit(self._rush, number) for number in range(CALLERS)]
            running.append(pool.submit(self._observe))
            self._let_go.wait()
            try:
                yield
            finally:
                self._over.set()
            for each in running:
                each.result()

    def _rush(self, caller: int) -> None:
        environment = self._world.stack.environment
        api = HttpApi(environment.ticket_url, environment.ticket_api_key)
        self._let_go.wait()
        tries = 0
        while tries < BUYERS // CALLERS or not self._over.is_set():
            self.answers[self._try(api, f"Buyer {caller}-{tries % (BUYERS // CALLERS)}")] += 1
            tries += 1
        api.close()

    def _try(self, api: HttpApi, name: str) -> str:
        body = {"event_id": self._world.event.id, "seat_ids": [self._seat.id], "customer": person(name)}
        try:
            api.call("POST", f"{API}/bookings", json=body)
        except ProblemError as problem:
            return problem.type
        return "booked"

    def _observe(self) -> None:
        connection = psycopg2.connect(self._world.stack.environment.ticket_database_url)
        connection.autocommit = True
        cursor = connection.cursor()
        while not self._over.is_set():
            cursor.execute("SELECT status FROM seats WHERE id = %s", (self._seat.id,))
            (status,) = cursor.fetchone() or ("missing",)
            self.seen[status] += 1
            # Hundreds of looks in a second are enough, and leave the machine to those who are watched.
            time.sleep(0.001)
        connection.close()


def person(name: str) -> dict[str, str]:
    return {"id": str(uuid4()), "name": name, "email": f"{uuid4().hex}@example.com"}


def line_of(world: World, seat: Seat) -> list[dict[str, Any]]:
    """The live entries of the seat's queue, in order."""
    entries = world.ticket.every(f"{API}/events/{world.event.id}/waitlist", limit=200)
    return [entry for entry in entries if entry["seat"]["id"] == seat.id]


@dataclass(frozen=True)
class InLine:
    """Somebody who waits for the seat."""

    buyer: ClientApi
    entry: str


def join(buyer: ClientApi, seat: Seat) -> InLine:
    """At the end of the line."""
    return InLine(buyer, buyer.join_queue(seat.id).id)


@pytest.mark.timeout(3600)
def test_nobody_gets_in_between_and_the_order_is_kept(world: World) -> None:
    seat, holder = world.seats[0], world.buyer("Holder")
    booking = world.book(holder).id
    line = [join(world.buyer("In line"), seat) for _ in range(IN_LINE)]
    for _ in range(ROUNDS):
        first, *others = line
        rush = Rush(world, seat)
        with rush.rushing():
            world.ticket.cancel_booking(booking)
            booking = offer_to(world, first)
        assert rush.answers.keys() == {"seat-unavailable"}
        assert rush.answers.total() >= BUYERS
        assert "OPEN" not in rush.seen
        assert [entry["id"] for entry in line_of(world, seat) if entry["status"] == "WAITING"] == [
            each.entry for each in others
        ]
        # Who has lost the seat may queue again, behind all the others.
        line, holder = [*others, join(holder, seat)], first.buyer
    empty(world, line, booking)


def offer_to(world: World, first: InLine) -> str:
    """The booking that the first in line is offered, once it can be paid."""
    entry = until(
        lambda: world.ticket.call("GET", f"{API}/waitlist/{first.entry}"),
        lambda entry: entry["status"] == "OFFERED" and entry["offer_expires_at"] is not None,
        what="the first in line has the offer",
        seconds=HANDOVER_SECONDS,
    )
    return str(entry["booking_id"])


def empty(world: World, line: list[InLine], booking: str) -> None:
    """All leave, last the one who has the offer: the seat is open again."""
    for each in reversed(line):
        world.ticket.call("DELETE", f"{API}/waitlist/{each.entry}")
    world.ticket.cancel_booking(booking)
    until(world.seat_status, lambda status: status == "OPEN", what="the seat is open again", seconds=HANDOVER_SECONDS)
    world.stack.check(REST_SECONDS)
