"""A hold that nobody pays for goes back on sale, and never while somebody may still be paying."""

from __future__ import annotations

import pytest

from tests.support.http import ProblemError
from tests.support.waiting import until
from tests.support.world import World


def test_an_unpaid_hold_expires_its_invoice_is_void_and_the_seat_is_sold_to_somebody_else(world: World) -> None:
    first, second = world.buyer(), world.buyer("Bima Putra")
    booking = world.book(first)
    world.stack.let_hold_expire(booking.id)
    world.await_status(first, booking.id, "EXPIRED")
    until(world.seat_status, lambda status: status == "OPEN", what="the seat is open again")
    invoice = world.payment.invoice_of(booking.id)
    assert invoice is not None
    assert invoice["status"] == "VOID"
    with pytest.raises(ProblemError) as refused:
        world.pay(booking)
    assert refused.value.status == 409
    world.book_and_pay(second)


def test_a_payment_that_began_before_the_deadline_wins(world: World) -> None:
    buyer = world.buyer()
    booking = world.book(buyer)
    with world.stack.processes.stopped("payment-worker"):
        world.pay(booking)
        world.stack.let_hold_expire(booking.id)
        until(
            lambda: world.ticket.booking(booking.id)["status"],
            lambda status: status == "AWAITING_PAYMENT",
            what="the booking waits for the outcome",
        )
    world.await_status(buyer, booking.id, "BOOKED", seconds=40)
