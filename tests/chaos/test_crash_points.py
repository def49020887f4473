"""A process dies between two steps, at a named point; afterwards the work is finished or undone, never half done."""

from __future__ import annotations

import contextlib

import httpx
import pytest

from tests.support.client_api import Booking, ClientApi
from tests.support.http import ProblemError
from tests.support.waiting import until
from tests.support.world import World

HEAL_SECONDS = 120

BOOKING = ("booking.seats-taken", "booking.organizer-held", "booking.invoice-made", "booking.confirmed")
PAYMENT = ("payment.received", "payment.applied", "document.rendered", "document.uploaded", "document.recorded")
DELIVERY = ("delivery.claimed", "delivery.sent")
RELEASE = ("release.payment-settled", "release.organizer-released", "release.handed-on")
REFUND = ("refund.owed", "refund.requested", "refund.recorded")
PROMOTION = ("promotion.started", "promotion.organizer-held", "promotion.invoice-made", "promotion.confirmed")


def crash(world: World, point: str) -> None:
    """From now on the first process that gets there dies."""
    world.stack.arm(point)


def await_crash(world: World, point: str) -> None:
    """The process has died, and the supervisor has started it again."""
    until(world.stack.has_crashed, what=f"a process reaches {point}", seconds=40)
    world.stack.await_ready()


@pytest.fixture
def buyer(world: World) -> ClientApi:
    assert world.seats
    return world.buyer()


@pytest.mark.parametrize("point", BOOKING)
def test_a_crash_while_booking_leaves_a_booking_or_an_open_seat(world: World, buyer: ClientApi, point: str) -> None:
    crash(world, point)
    with contextlib.suppress(ProblemError, httpx.TransportError):
        world.book(buyer)
    await_crash(world, point)
    settled = until(
        lambda: buyer.bookings()[0],
        lambda booking: booking.status in {"AWAITING_PAYMENT", "FAILED"},
        what="the request has an answer",
        seconds=HEAL_SECONDS,
    )
    world.stack.check(HEAL_SECONDS)
    assert world.seat_status() == ("ON_GOING" if settled.status == "AWAITING_PAYMENT" else "OPEN")


@pytest.mark.parametrize("point", [*PAYMENT, *DELIVERY])
def test_a_crash_after_the_payment_costs_neither_seat_nor_document(world: World, buyer: ClientApi, point: str) -> None:
    booking = world.book(buyer)
    world.stack.check()
    crash(world, point)
    world.pay(booking)
    await_crash(world, point)
    world.await_status(buyer, booking.id, "BOOKED", seconds=HEAL_SECONDS)
    world.stack.check(HEAL_SECONDS)
    assert world.event.name in world.document_text(buyer, booking.id)


@pytest.mark.parametrize("point", [*RELEASE, *REFUND, *PROMOTION])
def test_a_crash_while_a_seat_passes_on_promotes_the_first_in_line_once_and_refunds_once(
    world: World, buyer: ClientApi, point: str
) -> None:
    booking = world.book_and_pay(buyer)
    waiter, later = world.buyer("Bima Putra"), world.buyer("Citra Dewi")
    entry, later_entry = waiter.join_queue(world.seats[0].id), later.join_queue(world.seats[0].id)
    crash(world, point)
    with contextlib.suppress(ProblemError, httpx.TransportError):
        buyer.cancel(booking.id)
    await_crash(world, point)
    offer = until(
        lambda: the_offer(waiter),
        lambda offer: offer is not None and offer.status == "AWAITING_PAYMENT",
        what="the first in line has an offer",
        seconds=HEAL_SECONDS,
    )
    assert offer is not None
    world.pay(offer)
    world.await_status(waiter, offer.id, "BOOKED", seconds=HEAL_SECONDS)
    world.stack.check(HEAL_SECONDS)
    assert len(waiter.bookings()) == 1
    assert (waiter.entry(entry.id).status, later.entry(later_entry.id).status) == ("FULFILLED", "WAITING")
    invoice = world.payment.invoice_of(booking.id)
    assert invoice is not None
    assert invoice["status"] == "REFUNDED"


def the_offer(waiter: ClientApi) -> Booking | None:
    """The booking that the queue brought, if there is one by now."""
    return next(iter(waiter.bookings()), None)
