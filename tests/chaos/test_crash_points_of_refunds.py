"""A process dies inside a payment, a refund or a declined promotion: nobody pays twice, nobody waits for ever."""

from __future__ import annotations

import contextlib

import httpx
import pytest

from tests.chaos.test_crash_points import HEAL_SECONDS, await_crash, crash, points, the_offer
from tests.support.client_api import ClientApi
from tests.support.http import ProblemError
from tests.support.waiting import until
from tests.support.world import World

PAYMENT = ("payment.attempt-stored", "payment.outcome-stored", "invoice.webhook-sent")
REFUND = ("cancel.committed", "refund.done", "invoice.webhook-sent")


def invoice_of(world: World, booking_id: str) -> dict[str, object]:
    invoice = world.payment.invoice_of(booking_id)
    assert invoice is not None
    return invoice


def cancel(buyer: ClientApi, booking_id: str) -> None:
    """Once; the answer may get lost."""
    with contextlib.suppress(ProblemError, httpx.TransportError):
        buyer.cancel(booking_id)


@points(*PAYMENT)
def test_a_crash_of_payment_while_it_takes_the_money_takes_it_once(world: World, point: str) -> None:
    assert world.seats
    buyer = world.buyer()
    booking = world.book(buyer)
    crash(world, point)
    with contextlib.suppress(ProblemError, httpx.TransportError):
        world.pay(booking)
    await_crash(world, point)
    world.await_status(buyer, booking.id, "BOOKED", seconds=HEAL_SECONDS)
    world.stack.check(HEAL_SECONDS)
    assert invoice_of(world, booking.id)["status"] == "PAID"


@points(*REFUND)
def test_a_crash_inside_a_refund_gives_the_money_back_once_and_the_queue_goes_on(world: World, point: str) -> None:
    assert world.seats
    buyer, waiter = world.buyer(), world.buyer("Bima Putra")
    booking = world.book_and_pay(buyer)
    waiter.join_queue(world.seats[0].id)
    world.stack.check()
    crash(world, point)
    cancel(buyer, booking.id)
    await_crash(world, point)
    world.await_status(buyer, booking.id, "CANCELLED", seconds=HEAL_SECONDS)
    until(
        lambda: invoice_of(world, booking.id)["status"],
        lambda status: status == "REFUNDED",
        what="the money is given back",
        seconds=HEAL_SECONDS,
    )
    until(lambda: the_offer(waiter), what="the queue goes on", seconds=HEAL_SECONDS)
    world.stack.check(HEAL_SECONDS)


@pytest.mark.long
def test_a_crash_after_a_declined_promotion_keeps_the_turn(world: World) -> None:
    assert world.seats
    buyer, waiter = world.buyer(), world.buyer("Bima Putra")
    booking = world.book(buyer)
    waiter.join_queue(world.seats[0].id)
    world.stack.check()
    world.organizer.simulate(next_outcomes=["fail"])
    crash(world, "promotion.declined")
    buyer.cancel(booking.id)
    await_crash(world, "promotion.declined")
    until(
        lambda: the_offer(waiter),
        lambda offer: offer is not None and offer.status == "AWAITING_PAYMENT",
        what="the organizer is asked again",
        seconds=HEAL_SECONDS,
    )
    world.stack.check(HEAL_SECONDS)
    assert len(waiter.bookings()) == 1
