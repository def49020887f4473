"""From a click on a seat to the PDF."""

from __future__ import annotations

import re

from tests.support.http import fetch
from tests.support.mailbox import sent_mails
from tests.support.waiting import until
from tests.support.world import World


def test_a_paid_booking_ends_with_a_document_that_names_event_and_seat(world: World) -> None:
    buyer = world.buyer("Ayu Lestari")
    booking = world.book(buyer, 3)
    assert booking.status == "AWAITING_PAYMENT"
    assert booking.invoice_number
    assert world.seat_status(3) == "ON_GOING"
    world.pay(booking)
    world.await_status(buyer, booking.id, "BOOKED")
    world.await_document(buyer, booking.id)
    text = world.document_text(buyer, booking.id)
    seat = world.seats[3]
    assert world.event.name in text
    assert "Ayu Lestari" in text
    assert re.search(rf"\b{seat.section}\s+{seat.row}\s+{seat.number}\b", text), text
    assert world.seat_status(3) == "BOOKED"


def test_the_presigned_link_cannot_be_changed(world: World) -> None:
    buyer = world.buyer()
    booking = world.book_and_pay(buyer, 0)
    url = buyer.ticket(booking.id).url
    assert fetch(url).status_code == 200
    assert fetch(url.replace(booking.id, str(world.event.id))).status_code in {400, 403}
    assert fetch(url.split("?", maxsplit=1)[0]).status_code in {400, 401, 403}


def test_several_seats_make_one_booking_with_one_invoice(world: World) -> None:
    buyer = world.buyer()
    booking = world.book_and_pay(buyer, 0, 1, 2)
    assert booking.amount == sum(seat.price for seat in world.seats[:3])
    invoice = world.payment.invoice_of(booking.id)
    assert invoice is not None
    assert invoice["amount"] == booking.amount
    assert {world.seat_status(number) for number in range(3)} == {"BOOKED"}


def test_the_timeline_tells_the_steps_of_every_service_in_order(world: World) -> None:
    buyer = world.buyer()
    booking = world.book_and_pay(buyer)
    steps = until(
        lambda: buyer.timeline(booking.id),
        lambda steps: {"client", "ticket", "payment"} <= {step["service"] for step in steps},
        what="the timeline has steps of client, ticket and payment",
    )
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    reached = [step["to_status"] for step in steps if step["service"] == "ticket" and step["to_status"]]
    wanted = ["HOLDING", "AWAITING_PAYMENT", "BOOKED"]
    assert list(dict.fromkeys(status for status in reached if status in wanted)) == wanted


def test_the_buyer_is_notified_and_gets_an_email(world: World) -> None:
    buyer = world.buyer()
    booking = world.book_and_pay(buyer)
    until(
        lambda: [note for note in buyer.notifications() if note["booking_id"] == booking.id],
        what="a notification about the booking",
    )
    until(
        lambda: any(mail["To"] == buyer.account.email for mail in sent_mails(world.stack.home / "mail")),
        what="an email to the buyer",
    )


def test_a_repeat_with_the_same_key_makes_no_second_booking(world: World) -> None:
    buyer = world.buyer()
    first = buyer.book(world.event.id, [world.seats[0].id], idempotency_key="the-same-click")
    again = buyer.book(world.event.id, [world.seats[0].id], idempotency_key="the-same-click")
    assert first.id == again.id
    assert len(buyer.bookings()) == 1


def test_the_manual_status_check_answers_what_ticket_knows(world: World) -> None:
    buyer = world.buyer()
    booking = world.book(buyer)
    world.pay(booking)
    until(lambda: buyer.refresh(booking.id).status, lambda status: status == "BOOKED", what="refresh answers BOOKED")
