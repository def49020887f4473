"""Cancellation, refunds and the queue for a taken seat."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.support.client_api import Booking, ClientApi, WaitlistEntry
from tests.support.http import ProblemError
from tests.support.waiting import until
from tests.support.world import World


def await_offer(world: World, waiter: ClientApi, entry: WaitlistEntry) -> Booking:
    """The promoted buyer's booking, ready to be paid."""
    offered = until(
        lambda: waiter.entry(entry.id), lambda entry: entry.status == "OFFERED", what="the queue's first gets an offer"
    )
    assert offered.booking_id
    booking_id = offered.booking_id
    return until(
        lambda: waiter.booking(booking_id),
        lambda booking: booking.status == "AWAITING_PAYMENT",
        what="the offer can be paid",
        ignore=(ProblemError,),
    )


def test_a_cancelled_unpaid_booking_is_void_and_its_seat_opens(world: World) -> None:
    buyer = world.buyer()
    booking = world.book(buyer)
    buyer.cancel(booking.id)
    cancelled = world.await_status(buyer, booking.id, "CANCELLED")
    assert cancelled.cancel_reason == "BUYER"
    until(world.seat_status, lambda status: status == "OPEN", what="the seat is open again")


def test_a_cancelled_paid_booking_is_refunded(world: World) -> None:
    buyer = world.buyer()
    booking = world.book_and_pay(buyer)
    buyer.cancel(booking.id)
    until(
        lambda: buyer.booking(booking.id),
        lambda booking: booking.status == "CANCELLED" and booking.refund_status == "REFUNDED",
        what="the money is back",
    )
    invoice = world.payment.invoice_of(booking.id)
    assert invoice is not None
    assert invoice["status"] == "REFUNDED"
    until(world.seat_status, lambda status: status == "OPEN", what="the seat is open again")


def test_cancelling_again_does_not_touch_the_next_holder(world: World) -> None:
    first, second = world.buyer(), world.buyer("Bima Putra")
    booking = world.book(first)
    first.cancel(booking.id)
    until(world.seat_status, lambda status: status == "OPEN", what="the seat is open again")
    newer = world.book_and_pay(second)
    # Answered as done before, or refused as over: either is right, as long as nothing happens.
    with suppress(ProblemError):
        first.cancel(booking.id)
    assert second.booking(newer.id).status == "BOOKED"
    assert world.seat_status() == "BOOKED"


def test_the_first_in_the_queue_gets_a_cancelled_seat_and_pays_for_it(world: World) -> None:
    holder, first, second = world.buyer(), world.buyer("Bima Putra"), world.buyer("Citra Dewi")
    booking = world.book_and_pay(holder)
    first_entry, second_entry = first.join_queue(world.seats[0].id), second.join_queue(world.seats[0].id)
    assert (first_entry.position, second_entry.position) == (1, 2)
    holder.cancel(booking.id)
    offer = await_offer(world, first, first_entry)
    assert offer.origin == "WAITLIST"
    assert world.seat_status() == "ON_GOING"
    assert second.entry(second_entry.id).position == 1
    world.pay(offer)
    world.await_status(first, offer.id, "BOOKED")
    assert first.entry(first_entry.id).status == "FULFILLED"
    assert second.entry(second_entry.id).status == "WAITING"


def test_an_offer_that_lapses_passes_to_the_next_and_with_nobody_left_the_seat_opens(world: World) -> None:
    holder, first, second = world.buyer(), world.buyer("Bima Putra"), world.buyer("Citra Dewi")
    booking = world.book(holder)
    entries = [(buyer, buyer.join_queue(world.seats[0].id)) for buyer in (first, second)]
    holder.cancel(booking.id)
    for buyer, entry in entries:
        offer = await_offer(world, buyer, entry)
        world.stack.let_hold_expire(offer.id)
        world.await_status(buyer, offer.id, "EXPIRED")
        until(lambda e=entry, b=buyer: b.entry(e.id).status, lambda status: status == "LAPSED", what="the offer lapses")  # type: ignore[misc]
    until(world.seat_status, lambda status: status == "OPEN", what="the seat is open again")


def test_a_failed_payment_also_promotes_the_queue(world: World) -> None:
    holder, waiter = world.buyer(), world.buyer("Bima Putra")
    booking = world.book(holder)
    entry = waiter.join_queue(world.seats[0].id)
    world.payment.simulate(next_outcomes=["fail"])
    world.pay(booking)
    world.pay(await_offer(world, waiter, entry))
    until(lambda: waiter.entry(entry.id).status, lambda status: status == "FULFILLED", what="the offer is paid")


def test_a_promotion_survives_an_organizer_that_declines_at_first(world: World) -> None:
    holder, waiter = world.buyer(), world.buyer("Bima Putra")
    booking = world.book(holder)
    entry = waiter.join_queue(world.seats[0].id)
    world.organizer.simulate(next_outcomes=["fail", "fail"])
    holder.cancel(booking.id)
    assert await_offer(world, waiter, entry).status == "AWAITING_PAYMENT"


def test_whoever_left_the_queue_is_not_promoted(world: World) -> None:
    holder, first, second = world.buyer(), world.buyer("Bima Putra"), world.buyer("Citra Dewi")
    booking = world.book(holder)
    first_entry, second_entry = first.join_queue(world.seats[0].id), second.join_queue(world.seats[0].id)
    first.leave_queue(first_entry.id)
    holder.cancel(booking.id)
    await_offer(world, second, second_entry)
    assert first.entry(first_entry.id).status == "LEFT"


def test_the_payment_page_of_an_offer_leads_back_to_its_booking(world: World) -> None:
    holder, waiter = world.buyer(), world.buyer("Bima Putra")
    booking = world.book(holder)
    entry = waiter.join_queue(world.seats[0].id)
    holder.cancel(booking.id)
    offer = await_offer(world, waiter, entry)
    invoice = world.payment.invoice_of(offer.id)
    assert invoice is not None
    assert invoice["return_url"] == f"{world.stack.environment.frontend_url}/bookings?booking_id={offer.id}"


def test_who_closes_the_account_lets_go_of_an_offer_a_place_in_line_and_an_unpaid_booking(world: World) -> None:
    holder, gone, next_one = world.buyer(), world.buyer("Bima Putra"), world.buyer("Citra Dewi")
    given_back, kept = world.book(holder), world.book(holder, 1)
    offered, waiting = gone.join_queue(world.seats[0].id), gone.join_queue(world.seats[1].id)
    next_entry = next_one.join_queue(world.seats[0].id)
    unpaid = world.book(gone, 2)
    holder.cancel(given_back.id)
    await_offer(world, gone, offered)
    gone.close_account()
    await_offer(world, next_one, next_entry)
    until(lambda: world.seat_status(2), lambda status: status == "OPEN", what="the unpaid seat is open again")
    left = world.staff().entry(waiting.id)
    assert left.status == "LEFT"
    assert world.staff().booking(unpaid.id).status == "CANCELLED"
    assert holder.booking(kept.id).status == "AWAITING_PAYMENT"


@pytest.mark.parametrize(
    ("situation", "slug"), [("open", "seat-open"), ("mine", "seat-already-yours"), ("twice", "already-queued")]
)
def test_queueing_that_makes_no_sense_is_refused(world: World, situation: str, slug: str) -> None:
    holder, waiter = world.buyer(), world.buyer("Bima Putra")
    seat_id = world.seats[0].id
    if situation != "open":
        world.book(holder)
    if situation == "twice":
        waiter.join_queue(seat_id)
    with pytest.raises(ProblemError) as refused:
        (holder if situation == "mine" else waiter).join_queue(seat_id)
    assert (refused.value.status, refused.value.type) == (409, slug)
