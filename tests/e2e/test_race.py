"""Fifty buyers for one seat; first without the guard, to show that the race is real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import psycopg2
import pytest

from devstack.deadlines import stretched
from tests.support.http import HttpApi, ProblemError
from tests.support.scratch_seats import scratch_seats
from tests.support.ticket_api import API
from tests.support.world import World

BUYERS = 50
TAKE_IF_READ_AS_OPEN = "UPDATE {schema}.seats SET status = 'ON_GOING' WHERE id = 1"
TAKE_IF_STILL_OPEN = "UPDATE {schema}.seats SET status = 'ON_GOING' WHERE id = 1 AND status = 'OPEN'"


def all_at_once(buy: Callable[[int, Barrier], bool]) -> int:
    """How many of fifty buyers, let go at the same moment, get the seat."""
    barrier = Barrier(BUYERS, timeout=stretched(30))
    with ThreadPoolExecutor(BUYERS) as buyers:
        return sum(buyers.map(lambda number: buy(number, barrier), range(BUYERS)))


@pytest.fixture
def unguarded_schema(world: World) -> Iterator[tuple[str, str]]:
    """A table of one open seat."""
    url = world.stack.environment.ticket_database_url
    with scratch_seats(url, "id int PRIMARY KEY, status text", "1, 'OPEN'") as name:
        yield url, name


@pytest.mark.parametrize(
    ("take", "winners"),
    [(TAKE_IF_READ_AS_OPEN, BUYERS), (TAKE_IF_STILL_OPEN, 1)],
    ids=["without the guard everybody wins", "with the guard one wins"],
)
def test_the_race_is_real(unguarded_schema: tuple[str, str], take: str, winners: int) -> None:
    url, schema = unguarded_schema

    def buy(_number: int, barrier: Barrier) -> bool:
        connection = psycopg2.connect(url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"SELECT status FROM {schema}.seats WHERE id = 1")
                is_open = cursor.fetchone() == ("OPEN",)
                barrier.wait()  # everybody has read before anybody writes
                if not is_open:
                    return False
                cursor.execute(take.format(schema=schema))
                return cursor.rowcount == 1
        finally:
            connection.close()

    assert all_at_once(buy) == winners


def test_of_fifty_buyers_for_one_seat_exactly_one_gets_it(world: World) -> None:
    seat, event = world.seats[0].id, world.event.id
    customer = world.buyer().account.as_customer()
    answers: Counter[str] = Counter()

    def buy(number: int, barrier: Barrier) -> bool:
        body = {"booking_id": str(uuid4()), "event_id": event, "seat_ids": [seat], "customer": customer}
        api = HttpApi(world.stack.environment.ticket_url, world.stack.environment.ticket_api_key)
        barrier.wait()
        try:
            api.call("POST", f"{API}/bookings", json=body)
        except ProblemError as problem:
            answers[problem.type] += 1
            return False
        finally:
            api.close()
        return True

    assert all_at_once(buy) == 1
    assert answers == {"seat-unavailable": BUYERS - 1}
    assert world.seat_status() == "ON_GOING"


def test_of_overlapping_bookings_of_several_seats_no_seat_is_sold_twice_and_none_half(world: World) -> None:
    event, seats = world.event.id, world.seats[:6]
    customer = world.buyer().account.as_customer()

    def buy(number: int, barrier: Barrier) -> bool:
        # Neighbouring pairs in a ring, half of them the other way round: made for deadlocks.
        pair = [seats[number % 6].id, seats[(number + 1) % 6].id]
        body = {"event_id": event, "seat_ids": pair[:: 1 if number % 2 else -1], "customer": customer}
        api = HttpApi(world.stack.environment.ticket_url, world.stack.environment.ticket_api_key)
        barrier.wait()
        try:
            api.call("POST", f"{API}/bookings", json=body)
        except ProblemError as problem:
            if problem.type != "seat-unavailable":
                raise
            return False
        finally:
            api.close()
        return True

    assert 2 <= all_at_once(buy) <= 3
