"""What a paid booking asks of the databases is counted, so that it cannot grow unnoticed."""

from __future__ import annotations

from collections import Counter
from functools import partial

from tests.support.client_api import ClientApi
from tests.support.finished import bookings_are_finished
from tests.support.statements import counting_statements
from tests.support.waiting import until
from tests.support.world import World

WARM_UP, COUNTED, COUNTED_AT_MOST = 3, 3, 12
EXACT = {"client": 5, "ticket": 7, "payment": 2}
"""Statements of a paid booking of one seat, in the processes that serve requests; a transaction's begin and end too."""
MOST = {"client-worker": 30, "ticket-worker": 50, "payment-worker": 40}
"""Of the workers, which also look for work while they wait, so that the number depends on the time that it takes."""


def test_a_paid_booking_takes_as_many_statements_as_are_stated(world: World) -> None:
    buyer = world.buyer()
    # Connections, prepared statements, and what is made once for each buyer or event.
    _book_and_pay_one_by_one(world, buyer, range(WARM_UP))
    bookings: list[Counter[str]] = []
    of_one: Counter[str] = Counter()
    # The least, since bookings of other tests, which still wait for their payment, are asked about now and then; for a
    # while that can meet every booking here.
    while len(bookings) < COUNTED or (not _is_exact(of_one) and len(bookings) < COUNTED_AT_MOST):
        bookings.append(_statements_of_one(world, buyer, WARM_UP + len(bookings)))
        of_one = Counter({name: min(each[name] for each in bookings) for name in (*EXACT, *MOST)})
    assert _is_exact(of_one), bookings
    assert all(of_one[name] <= most for name, most in MOST.items()), bookings


def _is_exact(of_one: Counter[str]) -> bool:
    return {name: of_one[name] for name in EXACT} == EXACT


def _statements_of_one(world: World, buyer: ClientApi, seat: int) -> Counter[str]:
    with counting_statements(world.stack) as counted:
        _book_and_pay_one_by_one(world, buyer, range(seat, seat + 1))
    return counted.by_program


def _book_and_pay_one_by_one(world: World, buyer: ClientApi, seats: range) -> None:
    """Each booking is finished before the next one begins, so that no work is shared, and nothing else is asked."""
    for number in seats:
        booking = world.book(buyer, number)
        world.pay(booking)
        is_finished = partial(bookings_are_finished, world.stack.environment, [booking.id])
        until(is_finished, what=f"booking {booking.id} is finished", seconds=60)
