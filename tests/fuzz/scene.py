"""What the made-up requests can be about: without it, every list would be empty, and no link would lead anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from tests.support.environment import Environment
from tests.support.stack import ReachableStack
from tests.support.world import World

STARTS_IN = timedelta(hours=2)
"""Sooner than any other event: links take the first of a list, and events are listed by their start."""
PAID, UNPAID = 1, 2
"""Seats by their place in the event's list; the first stays open."""
WEBHOOK = "/api/v1/config/webhook"


@contextmanager
def arranged(environment: Environment) -> Iterator[None]:
    """Makes an event, bookings and queues; afterwards takes back what requests have set for the simulators."""
    world = World(ReachableStack(environment))
    try:
        world.calm()
        webhook = world.payment.call("GET", WEBHOOK)["url"]
        _fill(world)
        try:
            yield
        finally:
            world.calm()
            world.payment.call("PUT", WEBHOOK, json={"url": webhook})
    finally:
        world.close()


def _fill(world: World[ReachableStack]) -> None:
    """Makes an event that is on sale, a paid and an unpaid booking, and a queue for each of their seats."""
    soon = (datetime.now(UTC) + STARTS_IN).isoformat()
    world.event = world.new_event(starts_at=soon, sales_close_at=soon)
    buyer, waiting = world.buyer(), world.buyer("Budi Santoso")
    world.pay(world.book(buyer, PAID))
    world.book(buyer, UNPAID)
    for seat in (PAID, UNPAID):
        waiting.join_queue(world.seats[seat].id)
