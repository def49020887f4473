"""`kill -9` of any one process in the middle of bookings; it is started again, and everything heals by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx
import pytest

from tests.conftest import IS_LONG
from tests.support.client_api import ClientApi
from tests.support.http import ProblemError
from tests.support.waiting import until
from tests.support.world import World

PROCESSES = (
    "client",
    "client-worker",
    "ticket",
    "ticket-worker",
    "payment",
    "payment-worker",
    "organizer",
    "postgres",
    "s3",
)
BUYERS = 4
KILLS = 3 if IS_LONG else 1
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

    def _shop(self, number: int, buyer: ClientApi) -> None:
        turn = number
        while not self._over.is_set():
            with contextlib.suppress(ProblemError, httpx.TransportError):
                self._one_turn(turn, buyer)
            turn += BUYERS

    def _one_turn(self, turn: int, buyer: ClientApi) -> None:
        # Few seats for many turns, so that buyers get in each other's way and queues form.
        seat = self._world.seats[turn % 12]
        try:
            booking = buyer.book(self._world.event.id, [seat.id])
        except ProblemError as problem:
            if problem.type == "seat-unavailable":
                buyer.join_queue(seat.id)
            raise
        self.steps += 1
        if turn % 4:
            self._world.pay(booking)
        if turn % 3 == 0:
            buyer.cancel(booking.id)
        self.steps += 1


@pytest.mark.parametrize("process", PROCESSES)
def test_a_killed_process_leaves_no_broken_promise(world: World, process: str) -> None:
    assert world.seats
    world.organizer.simulate(failure_rate=0.2, seed=7)
    world.payment.simulate(failure_rate=0.1, seed=7)
    shoppers = Shoppers(world)
    with shoppers.shopping():
        for _ in range(KILLS):
            reached = shoppers.steps + 4
            until(lambda wanted=reached: shoppers.steps >= wanted, what="the buyers are busy", seconds=60)  # type: ignore[misc]
            world.stack.processes.kill(process)
        reached = shoppers.steps + 2
        until(lambda: shoppers.steps >= reached, what="business goes on after the kill", seconds=60)
    world.stack.await_ready()
    world.calm()
    world.stack.check(HEAL_SECONDS)
