"""Many buyers want the best seats at the same moment: each gets some, next to each other, and no two get the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier
from typing import Any

from devstack.deadlines import stretched
from tests.support.client_api import ClientApi
from tests.support.http import ProblemError
from tests.support.waiting import until
from tests.support.world import World

BUYERS = 8
SEATS_EACH = 3


def try_to_book(buyer: ClientApi, event_id: str, seed: str) -> list[Any]:
    """Books what is proposed, and returns those seats; none if somebody else was faster, and this buyer asks again."""
    answer = buyer.call("GET", f"/api/v1/events/{event_id}/best-seats", params={"count": SEATS_EACH, "seed": seed})
    proposal = answer["proposal"]
    assert proposal["adjacent"]
    seats: list[Any] = proposal["seats"]
    try:
        buyer.book(event_id, [seat["id"] for seat in seats])
    except ProblemError as problem:
        if problem.type != "seat-unavailable":
            raise
        return []
    return seats


def test_a_crowd_that_asks_for_the_best_seats_is_served(world: World) -> None:
    event = world.new_event()
    world.ticket.create_seats(event.id, rows=6, seats_per_row=12)
    buyers = [world.buyer(f"Buyer {number}") for number in range(BUYERS)]
    barrier = Barrier(BUYERS, timeout=stretched(30))

    def buy(number: int) -> list[Any]:
        barrier.wait()
        attempts = count()
        return until(
            lambda: try_to_book(buyers[number], event.id, f"buyer-{number}-{next(attempts)}"),
            what="seats for everybody",
        )

    with ThreadPoolExecutor(BUYERS) as pool:
        booked = list(pool.map(buy, range(BUYERS)))
    taken = [seat["id"] for seats in booked for seat in seats]
    assert len(set(taken)) == len(taken) == BUYERS * SEATS_EACH
    stored = {seat.id: seat.status for seat in world.ticket.seats(event.id)}
    assert {stored[seat_id] for seat_id in taken} == {"ON_GOING"}
    for seats in booked:
        numbers = [seat["number"] for seat in seats]
        assert len({seat["row"] for seat in seats}) == 1
        assert numbers == list(range(numbers[0], numbers[0] + SEATS_EACH))
