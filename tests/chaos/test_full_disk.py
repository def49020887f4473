"""While the database's disk is full, services answer 503; nothing is lost, and all goes on once there is space."""

from __future__ import annotations

import httpx
import pytest

from tests.support.client_api import ClientApi
from tests.support.database_disk import NoDiskError
from tests.support.faulty_stack import FaultyStack
from tests.support.full_disk import full_disk
from tests.support.http import ProblemError, fetch
from tests.support.waiting import until
from tests.support.world import World

HEAL_SECONDS = 120


@pytest.mark.timeout(600)
@pytest.mark.parametrize("for_log", [False, True], ids=["data", "write-ahead log"])
def test_on_a_full_disk_services_say_so_and_go_on_once_there_is_space(faulty: FaultyStack, for_log: bool) -> None:
    if isinstance(faulty.disk, NoDiskError):
        pytest.skip(str(faulty.disk))
    world = World(faulty)
    try:
        world.calm()
        buyer = world.buyer()
        before, *others = range(len(world.seats))
        booking = world.book(buyer, before)
        with full_disk(faulty, for_log=for_log):
            for url in (faulty.environment.client_url, faulty.environment.ticket_url, faulty.environment.payment_url):
                until(
                    lambda at=url: fetch(f"{at}/readyz").status_code == 503,  # type: ignore[misc]
                    what=f"{url} says that it is not ready",
                    ignore=(httpx.TransportError,),
                )
            assert _refusal(world, buyer, others).status == 503
        faulty.await_ready()
        world.pay(booking)
        world.await_status(buyer, booking.id, "BOOKED", HEAL_SECONDS)
        world.book_and_pay(buyer, others.pop())
        faulty.check(HEAL_SECONDS)
    finally:
        world.close()


def _refusal(world: World[FaultyStack], buyer: ClientApi, seats: list[int]) -> ProblemError:
    """Books seats, one after the other, until a booking is refused: at first there may be space in existing files."""
    while seats:
        try:
            buyer.book(world.event.id, [world.seats[seats.pop()].id])
        except ProblemError as problem:
            return problem
    raise AssertionError("every booking was stored although the disk is full")
