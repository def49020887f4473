"""A process dies between two steps, at a named point; afterwards the work is finished or undone, never half done."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx
import pytest

from tests.support.client_api import Booking, ClientApi
from tests.support.http import ProblemError
from tests.support.stack import RunningStack
from tests.support.ticket_api import API
from tests.support.waiting import until
from tests.support.world import World

HEAL_SECONDS = 120

SHORT_FORM = {"booking.organizer-held", "payment.applied", "payment.outcome-stored", "release.organizer-released"}
"""One for each kind of step; the long form has them all."""


def points(*names: str) -> pytest.MarkDecorator:
    """A test for each crash point."""
    chosen = [pytest.param(name, marks=[] if name in SHORT_FORM else pytest.mark.long) for name in names]
    return pytest.mark.parametrize("point", chosen)


def crash(world: World, point: str) -> None:
    """From now on the first process that gets there dies."""
    world.stack.arm(point)


def await_crash(world: World, point: str) -> None:
    """The process has died, and the supervisor has started it again."""
    until(world.stack.has_crashed, what=f"a process reaches {point}", seconds=60)
    world.stack.await_ready()


@pytest.fixture(autouse=True)
def disarmed(stack: RunningStack) -> Iterator[None]:
    """A point that was not reached shall not strike the next test."""
    yield
    stack.arm("")


@pytest.fixture
def buyer(world: World) -> ClientApi:
    assert world.seats
    return world.buyer()


@points(
    "booking.seats-taken",
    "booking.organizer-declined",
    "booking.organizer-held",
    "booking.invoice-made",
    "booking.confirmed",
)
def test_a_crash_while_booking_leaves_a_booking_or_an_open_seat(world: World, buyer: ClientApi, point: str) -> None:
    if point == "booking.organizer-declined":
        world.organizer.simulate(next_outcomes=["fail"])
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


@points(
    "payment.received",
    "payment.applied",
    "document.rendered",
    "document.uploaded",
    "document.recorded",
    "delivery.claimed",
    "delivery.sent",
)
def test_a_crash_after_the_payment_costs_neither_seat_nor_document(world: World, buyer: ClientApi, point: str) -> None:
    booking = world.book(buyer)
    world.stack.check()
    crash(world, point)
    world.pay(booking)
    await_crash(world, point)
    world.await_status(buyer, booking.id, "BOOKED", seconds=HEAL_SECONDS)
    world.stack.check(HEAL_SECONDS)
    assert world.event.name in world.document_text(buyer, booking.id)


@points(
    "release.payment-settled",
    "release.organizer-released",
    "release.reassigned",
    "refund.owed",
    "refund.requested",
    "refund.stored",
    "promotion.started",
    "promotion.organizer-held",
    "promotion.invoice-made",
    "promotion.confirmed",
)
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


@points("cancel.voided", "expiry.voided")
def test_a_crash_after_the_invoice_was_made_void_still_frees_the_seat(
    world: World, buyer: ClientApi, point: str
) -> None:
    booking = world.book(buyer)
    crash(world, point)
    if point == "expiry.voided":
        world.stack.let_hold_expire(booking.id)
    else:
        with contextlib.suppress(ProblemError, httpx.TransportError):
            buyer.cancel(booking.id)
    await_crash(world, point)
    # The caller of a cancellation that was cut off asks again, as the dashboard does.
    if point == "cancel.voided":
        buyer.cancel(booking.id)
    until(world.seat_status, lambda status: status == "OPEN", what="the seat is open again", seconds=HEAL_SECONDS)
    world.stack.check(HEAL_SECONDS)
    assert buyer.booking(booking.id).status in {"EXPIRED", "CANCELLED"}


@points("event.cancelled", "event.queues-closed", "event.booking-cancelled")
def test_a_crash_while_an_event_is_cancelled_still_ends_and_refunds_every_booking(
    world: World, buyer: ClientApi, point: str
) -> None:
    paid, unpaid = world.book_and_pay(buyer, 0), world.book(buyer, 1)
    waiter = world.buyer("Bima Putra")
    entry = waiter.join_queue(world.seats[0].id)
    crash(world, point)
    with contextlib.suppress(ProblemError, httpx.TransportError):
        world.ticket.call("POST", f"{API}/events/{world.event.id}/cancel")
    await_crash(world, point)
    for booking in (paid, unpaid):
        world.await_status(buyer, booking.id, "CANCELLED", seconds=HEAL_SECONDS)
    world.stack.check(HEAL_SECONDS)
    assert buyer.booking(paid.id).refund_status == "REFUNDED"
    assert waiter.entry(entry.id).status == "LAPSED"


def the_offer(waiter: ClientApi) -> Booking | None:
    """The booking that the queue brought, if there is one by now."""
    return next(iter(waiter.bookings()), None)
