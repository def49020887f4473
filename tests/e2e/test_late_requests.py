"""A request that ticket carries out long after its buyer was told that nobody answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg2

from tests.support.http import ProblemError
from tests.support.stack import quick_settings
from tests.support.waiting import until
from tests.support.world import World

HOLDS_UNDER_WAY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'WITH seen AS MATERIALIZED (%' AND state = 'active'
"""


def test_who_was_told_that_no_seat_was_taken_gets_none_afterwards(world: World) -> None:
    """Ticket stands still with the request unread, for longer than client waits; then it reads the request at last,
    and is slow to take the seat. Client asks about the booking just in between.
    """
    buyer = world.buyer()
    assert world.seat_status() == "OPEN"
    with slow_holds(world) as holds_under_way:
        with world.stack.processes.paused("ticket"):
            problem = world.refused(buyer)
            assert (problem.status, problem.type) == (503, "ticket-unavailable")
            booking_id = str(problem.document["booking_id"])
            wait_for_clients_grace()
            assert buyer.booking(booking_id).status == "REQUESTED"
        until(lambda: holds_under_way() == 1, what="ticket carries out the old request")
        failed = world.await_status(buyer, booking_id, "FAILED")
        assert failed.failure_reason == "TICKET_UNAVAILABLE"
        assert [note["kind"] for note in buyer.notifications()] == ["BOOKING_FAILED"]
    assert is_unknown_to_ticket(world, booking_id)
    assert world.seat_status() == "OPEN"
    world.stack.check()
    assert buyer.booking(booking_id).status == "FAILED"
    assert [note["kind"] for note in buyer.notifications()] == ["BOOKING_FAILED"]


@contextmanager
def slow_holds(world: World) -> Iterator[Callable[[], int]]:
    """Every statement that takes seats of the event waits as long as the block lasts; yields how many there are."""
    url = world.stack.environment.ticket_database_url
    with closing(psycopg2.connect(url)) as locking, closing(psycopg2.connect(url)) as looking:
        looking.autocommit = True

        def under_way() -> int:
            with looking.cursor() as cursor:
                cursor.execute(HOLDS_UNDER_WAY)
                (count,) = cursor.fetchone() or (0,)
                return int(count)

        with locking.cursor() as cursor:
            cursor.execute("SELECT FROM events WHERE id = %s FOR UPDATE", [world.event.id])
        yield under_way
        locking.rollback()
        until(lambda: under_way() == 0, what="no hold is under way")


def wait_for_clients_grace() -> None:
    """Returns when client no longer waits for a booking that was requested before."""
    ends = time.monotonic() + float(quick_settings()["REQUESTED_GRACE_SECONDS"])
    until(lambda: time.monotonic() > ends, what="client's grace is over")


def is_unknown_to_ticket(world: World, booking_id: str) -> bool:
    try:
        world.ticket.booking(booking_id)
    except ProblemError as problem:
        return problem.status == 404
    return False
