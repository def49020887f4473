"""Nobody dies of work, nor of a busy machine at the start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.compose.compose_stack import ComposeStack
from tests.support.world import World

pytestmark = pytest.mark.timeout(2400)
BUYERS = 8
BOOKINGS_EACH = 5


def test_no_container_ends_and_is_started_again_while_forty_bookings_are_made_and_paid(
    world: World[ComposeStack], containers: ComposeStack
) -> None:
    buyers = [world.buyer(f"Buyer {number}") for number in range(BUYERS)]
    assert len(world.seats) == BUYERS * BOOKINGS_EACH

    def book_and_pay(number: int) -> None:
        world.book_and_pay(buyers[number % BUYERS], number)

    with ThreadPoolExecutor(BUYERS) as pool:
        list(pool.map(book_and_pay, range(BUYERS * BOOKINGS_EACH)))
    restarted = {
        container["Name"]: container["RestartCount"]
        for container in containers.project.containers()
        if container["RestartCount"] or container["State"]["OOMKilled"]
    }
    assert restarted == {}
