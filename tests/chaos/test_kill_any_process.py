"""`kill -9` of any one process in the middle of bookings; it is started again, and everything heals by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import httpx
import pytest

from tests.conftest import IS_LONG
from tests.support.client_api import ClientApi, Seat
from tests.support.http import ProblemError
from tests.support.processes import PROCESSES
from tests.support.waiting import until
from tests.support.world import World

ROUNDS = [(process,) * 3 for process in PROCESSES] if IS_LONG else [PROCESSES]
"""Which processes are killed during the same shopping; in the short form all of them, one after the other."""
BUYERS, SEATS = 4, 12
BETWEEN_TURNS = 0.05
"""In seconds. Buyers who are refused at once would otherwise take the processor from the process that is starting."""
HEAL_SECONDS = 120


class Shoppers:
    """Buyers who book, pay, queue and cancel until told to stop; while a process is away, they bear the errors."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._over = Event()
        self.steps = 0

    @contextlib.contextmanager
    def shopping(self) -> Iterator[None]:
        """They shop as long as the block lasts."""
        buyers = [self._world.buyer() for _ in range(BUYERS)]
        with ThreadPoolExecutor(BUYERS) as pool:
            running = [pool.submit(self._shop, number, buyer) for number, buyer in enumerate(buyers)]
            try:
                yield
            finally:
                self._over.set()
        for each in running:
            each.result()

    def await_steps(self, more: int) -> None:
        """Returns once so many more things were done."""
        reached = self.steps + more
        until(lambda: self.steps >= reached, what="the buyers go on", seconds=60)

    def _shop(self, number: int, buyer: ClientApi) -> None:
        chance = Random(number)
        while not self._over.wait(BETWEEN_TURNS):
            with contextlib.suppress(ProblemError, httpx.TransportError):
                self._one_turn(chance, buyer)

    def _one_turn(self, chance: Random, buyer: ClientApi) -> None:
        # Few seats for many turns, so that buyers get in each other's way and queues form.
        seat = chance.choice(self._world.seats[:SEATS])
        try:
            booking = buyer.book(self._world.event.id, [seat.id])
        except ProblemError as problem:
            if problem.type == "seat-unavailable":
                self._queue_and_give_back(buyer, seat)
            return
        self.steps += 1
        if chance.random() < 0.75:
            self._world.pay(booking)

    def _queue_and_give_back(self, buyer: ClientApi, seat: Seat) -> None:
        """Whoever wants a taken seat gives back another, so that there is always something to be had."""
        with contextlib.suppress(ProblemError):
            buyer.join_queue(seat.id)
        for booking in buyer.bookings():
            if booking.status in {"AWAITING_PAYMENT", "BOOKED"}:
                buyer.cancel(booking.id)
                self.steps += 1
                return


@pytest.mark.parametrize(
    "victims", ROUNDS, ids=lambda victims: victims[0] if len(set(victims)) == 1 else "each of them"
)
def test_killed_processes_leave_no_broken_promise(world: World, victims: tuple[str, ...]) -> None:
    assert world.seats
    world.organizer.simulate(failure_rate=0.2, seed=7)
    world.payment.simulate(failure_rate=0.1, seed=7)
    shoppers = Shoppers(world)
    with shoppers.shopping():
        for victim in victims:
            shoppers.await_steps(4)
            world.stack.processes.kill(victim)
        shoppers.await_steps(4)
    world.stack.await_ready()
    world.calm()
    world.stack.check(HEAL_SECONDS)
