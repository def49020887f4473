"""A process has few database connections; whoever waits for something else has none."""

import gc
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import psycopg2
import pytest
from devstack.deadlines import stretched
from django.db import OperationalError, connection, transaction

from client.database.pool import ConnectionPool, open_pool, share
from client.database.prepared import Prepared
from client.edge.lanes import LaneName
from tests.api.conftest import Api, database_url
from tests.fake_ticket import EVENT_ID, Answer, FakeTicket, ReceivedRequest, problem
from tests.processes import wait_until

CALLS = 6


@pytest.fixture
def pool(database: None) -> Iterator[ConnectionPool]:
    """The process takes its connections from a pool with two for reads from ticket and one for everything else."""
    connection.close()
    made = ConnectionPool(shares=dict.fromkeys(LaneName, 1) | {"ticket-reads": 2}, wait_seconds=stretched(1))
    open_pool(made)
    yield made
    connection.close()
    made.close_idle()
    open_pool(None)


def query() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_calls_of_ticket_that_are_under_way_hold_no_connection(
    ayu: Api, ticket: FakeTicket, pool: ConnectionPool
) -> None:
    go_on = Event()

    def hang(seen: ReceivedRequest) -> Answer:
        assert go_on.wait(stretched(30))
        return Answer(200, {"items": [], "next_cursor": None})

    ticket.script("GET", "/api/v1/waitlist", *[hang] * CALLS)
    statuses: list[int] = []

    def ask() -> None:
        # A request of its own thread, as each request of the process has a greenlet of its own.
        statuses.append(ayu.get("/waitlist").status_code)
        connection.close()

    threads = [Thread(target=ask) for _ in range(CALLS)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(ticket.calls("GET", "/api/v1/waitlist")) == CALLS)
    assert pool.lent == 0
    go_on.set()
    for thread in threads:
        thread.join(stretched(30))
    assert statuses == [200] * CALLS


def test_a_connection_is_used_again(pool: ConnectionPool) -> None:
    first = query()
    connection.close()
    assert query() == first


def test_a_connection_that_postgresql_has_ended_is_replaced(pool: ConnectionPool) -> None:
    first = query()
    connection.close()
    with psycopg2.connect(database_url()) as outside, outside.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    outside.close()
    assert query() != first


def test_a_share_that_is_in_use_keeps_others_out_but_takes_nothing_from_another_share(pool: ConnectionPool) -> None:
    held, done = Event(), Event()

    def hold() -> None:
        query()
        held.set()
        done.wait(stretched(30))
        connection.close()

    thread = Thread(target=hold)
    thread.start()
    assert held.wait(stretched(30))
    with pytest.raises(OperationalError, match="in use"):
        query()
    with share("ticket-reads"):
        query()
        connection.close()
    done.set()
    thread.join(stretched(30))
    query()


def test_a_connection_in_the_middle_of_a_transaction_is_not_lent_again(pool: ConnectionPool) -> None:
    transaction.set_autocommit(False)
    first = query()
    connection.close()
    assert query() != first
    assert connection.get_autocommit()


def test_a_borrower_that_vanishes_gives_its_place_back(pool: ConnectionPool) -> None:
    query()
    assert pool.lent == 1
    connection.connection = None
    gc.collect()
    assert pool.lent == 0
    query()


@pytest.fixture
def one_connection(pool: ConnectionPool) -> Iterator[ConnectionPool]:
    """One connection after the other is used, and statements may be prepared."""
    yield pool
    Prepared.is_usable = True


def book_and_be_refused(ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any], seats: tuple[int, int]) -> None:
    """Plays what needs each statement that is prepared."""
    for path in (f"/events/{EVENT_ID}", f"/events/{EVENT_ID}/seats"):
        ayu.get(path)
    made = ayu.book(seats[0])
    assert made.status_code == 201, made.content
    booked = ticket.bookings[made.json()["id"]] | {"status": "BOOKED", "version": 3}
    assert deliver("booking.updated", booked).json() == {"outcome": "applied"}
    ticket.script("POST", "/api/v1/bookings", problem("seat-unavailable", 409))
    refused = ayu.book(seats[1], **{"Idempotency-Key": f"key-{seats[1]}"})
    assert refused.status_code == 409, refused.content


def test_a_connection_prepares_the_statements_of_a_booking_once(
    ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any], one_connection: ConnectionPool
) -> None:
    book_and_be_refused(ayu, ticket, deliver, (0, 1))
    book_and_be_refused(ayu, ticket, deliver, (2, 3))
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, generic_plans + custom_plans FROM pg_prepared_statements")
        used = {name.rpartition("_")[0]: number for name, number in cursor.fetchall()}
    assert used == {"record_request": 4, "hold": 2, "apply_snapshot": 2, "refuse": 2}


@pytest.mark.parametrize("has_them", [False, True], ids=["to one without them", "to one that has them"])
def test_bookings_go_on_behind_a_pooler_that_changes_the_connection(
    ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any], one_connection: ConnectionPool, has_them: bool
) -> None:
    book_and_be_refused(ayu, ticket, deliver, (0, 1))
    query()
    if has_them:
        connection.connection.prepared.clear()
    else:
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
    connection.close()
    book_and_be_refused(ayu, ticket, deliver, (2, 3))
    assert not Prepared.is_usable
