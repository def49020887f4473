"""What one paid booking leaves in the databases is counted exactly, so that it cannot grow unnoticed."""

from __future__ import annotations

from tests.support.rows import rows_left_by
from tests.support.world import World

LEFT: dict[str, int] = {}
"""docs/operations.md, "What is deleted when", says the sum."""


def test_a_paid_booking_of_one_seat_leaves_as_many_rows_as_is_stated(world: World) -> None:
    buyer = world.buyer()
    world.book_and_pay(buyer, 1)  # what is made once for each buyer or event
    left = rows_left_by(world.stack.environment, lambda: world.book_and_pay(buyer, 0))
    assert left == LEFT
