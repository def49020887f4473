"""Many bookings at the default rates: 20 % declined, 8 % failed at payment, 72 % booked."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.conftest import IS_LONG
from tests.support.client_api import Booking, ClientApi
from tests.support.http import ProblemError
from tests.support.waiting import until
from tests.support.world import World

BOOKINGS = 200 if IS_LONG else 60
AT_ONCE = 4
MOST_BY_LOAD = 0.05
"""On a busy machine an organizer may answer too late; what ended for that reason was not drawn by chance."""
STANDARD_ERRORS = 3.29
"""Two-sided, 99.9 %."""


def expected(share: float, bookings: int) -> tuple[float, float]:
    """Between which counts the outcome lies in 999 of 1,000 runs."""
    around, error = bookings * share, (bookings * share * (1 - share)) ** 0.5
    return around - STANDARD_ERRORS * error, around + STANDARD_ERRORS * error


def test_many_bookings_end_in_the_expected_proportions_and_nothing_is_stuck(world: World) -> None:
    seats = world.ticket.create_seats(world.event.id, rows=10, seats_per_row=20)
    buyers = [world.buyer() for _ in range(AT_ONCE)]
    # A fixed sequence of outcomes, so that this test ends alike every time.
    world.organizer.simulate(failure_rate=0.2, seed=20261123)
    world.payment.simulate(failure_rate=0.1, seed=20261123)

    def book_and_pay(number: int) -> None:
        try:
            booking: Booking = buyers[number % AT_ONCE].book(world.event.id, [seats[number].id])
        except ProblemError as problem:
            if problem.type not in {"organizer-declined", "organizer-unreachable"}:
                raise
            return
        world.pay(booking)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(book_and_pay, range(BOOKINGS)))
    for buyer in buyers:
        unpaid = partial(buyer.bookings, status="AWAITING_PAYMENT")
        until(unpaid, lambda left: not left, what="all are decided", seconds=120)
    found = outcomes(buyers)
    assert sum(found.values()) == BOOKINGS
    drawn = BOOKINGS - found["ORGANIZER_UNREACHABLE"]
    assert drawn >= BOOKINGS * (1 - MOST_BY_LOAD), found
    for outcome, share in (("ORGANIZER_DECLINED", 0.20), ("PAYMENT_FAILED", 0.08), ("BOOKED", 0.72)):
        lowest, highest = expected(share, drawn)
        assert lowest <= found[outcome] <= highest, found
    assert sum(found[outcome] for outcome in ("ORGANIZER_DECLINED", "PAYMENT_FAILED", "BOOKED")) == drawn, found
    world.stack.check(deadline_seconds=120)


def outcomes(buyers: list[ClientApi]) -> Counter[str]:
    """How many bookings ended in which way, as their buyers see it."""
    return Counter(booking.failure_reason or booking.status for buyer in buyers for booking in buyer.bookings())
