"""Two stacks side by side on one machine; the second with short deadlines, left to run out by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devstack.deadlines import stretched
from devstack.environment import WITHOUT_FRONTEND
from tests.support.stack import RunningStack, running_stack
from tests.support.waiting import until
from tests.support.world import World

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def second_stack(stack: RunningStack) -> Iterator[RunningStack]:
    short = f"{stretched(3):.0f}"
    with running_stack({"HOLD_SECONDS": short, "OFFER_SECONDS": short, WITHOUT_FRONTEND: "true"}) as second:
        yield second


@pytest.fixture
def second_world(second_stack: RunningStack) -> Iterator[World]:
    world = World(second_stack)
    world.calm()
    yield world
    second_stack.check()
    world.close()


def test_two_stacks_do_not_know_of_each_other(world: World, second_world: World) -> None:
    ours, theirs = world.stack.environment, second_world.stack.environment
    assert ours.client_url != theirs.client_url
    assert ours.ticket_api_key != theirs.ticket_api_key
    booking = world.book_and_pay(world.buyer())
    assert booking.id in world.stack.check().bookings
    assert booking.id not in second_world.stack.check().bookings


def test_an_unpaid_hold_runs_out_by_itself(second_world: World) -> None:
    buyer = second_world.buyer()
    booking = second_world.book(buyer)
    second_world.await_status(buyer, booking.id, "EXPIRED")
    until(second_world.seat_status, lambda status: status == "OPEN", what="the seat is open again")


def test_an_unpaid_offer_runs_out_by_itself_and_goes_to_the_next(second_world: World) -> None:
    holder, first, second = (second_world.buyer(name) for name in ("Ayu Lestari", "Bima Putra", "Citra Dewi"))
    second_world.book(holder)
    entries = [(buyer, buyer.join_queue(second_world.seats[0].id)) for buyer in (first, second)]
    for buyer, entry in entries:
        until(
            lambda b=buyer, e=entry: b.entry(e.id).status,  # type: ignore[misc]
            lambda status: status == "LAPSED",
            what="the offer lapses",
            seconds=40,
        )
    until(second_world.seat_status, lambda status: status == "OPEN", what="the seat is open again")
