"""What fails, fails honestly: stored, explained, and with the seat free again."""

from __future__ import annotations

import pytest

from tests.support.waiting import until
from tests.support.world import World


def test_a_booking_that_the_organizer_declines_is_stored_as_failed_and_its_seat_opens(world: World) -> None:
    buyer = world.buyer()
    world.organizer.simulate(next_outcomes=["fail"])
    problem = world.refused(buyer)
    assert (problem.status, problem.type) == (502, "organizer-declined")
    booking = buyer.booking(problem.document["booking_id"])
    assert (booking.status, booking.failure_reason) == ("FAILED", "ORGANIZER_DECLINED")
    assert world.seat_status() == "OPEN"
    assert world.book(buyer).status == "AWAITING_PAYMENT"


def test_a_failed_payment_frees_the_seat_and_a_notice_says_why(world: World) -> None:
    buyer = world.buyer("Bima Putra")
    world.payment.simulate(next_outcomes=["fail"])
    booking = world.book(buyer, 1)
    world.pay(booking)
    failed = world.await_status(buyer, booking.id, "FAILED")
    assert failed.failure_reason == "PAYMENT_FAILED"
    until(lambda: world.seat_status(1), lambda status: status == "OPEN", what="the seat is open again")
    world.await_document(buyer, booking.id)
    # The lines of a page break where they are full.
    text = " ".join(world.document_text(buyer, booking.id).split())
    assert world.event.name in text
    assert "The payment did not go through." in text
    assert "Nothing was charged, and nothing will be" in text


def test_an_outcome_that_came_too_late_is_looked_up_and_the_booking_goes_on(world: World) -> None:
    buyer = world.buyer()
    world.organizer.simulate(next_outcomes=["timeout"])
    booking = world.book(buyer)
    assert booking.status == "AWAITING_PAYMENT"
    world.pay(booking)
    world.await_status(buyer, booking.id, "BOOKED")


def test_an_organizer_that_breaks_is_reported_as_unreachable(world: World) -> None:
    buyer = world.buyer()
    world.organizer.simulate(next_outcomes=["error"])
    problem = world.refused(buyer)
    assert (problem.status, problem.type) == (503, "organizer-unreachable")
    assert buyer.booking(problem.document["booking_id"]).failure_reason == "ORGANIZER_UNREACHABLE"
    until(world.seat_status, lambda status: status == "OPEN", what="the seat is open again")


@pytest.mark.parametrize(
    ("process", "slug", "reason"),
    [
        ("organizer", "organizer-unreachable", "ORGANIZER_UNREACHABLE"),
        ("payment", "payment-unavailable", "INVOICE_UNAVAILABLE"),
    ],
)
def test_while_a_neighbour_is_down_bookings_fail_and_its_return_frees_the_seat(
    world: World, process: str, slug: str, reason: str
) -> None:
    buyer = world.buyer()
    assert world.seat_status() == "OPEN"
    with world.stack.processes.stopped(process):
        problem = world.refused(buyer)
        assert (problem.status, problem.type) == (503, slug)
        assert buyer.booking(problem.document["booking_id"]).failure_reason == reason
        # The neighbour may have heard the request: until it confirms that nothing is left, the seat is not sold again.
        assert world.seat_status() == "ON_GOING"
    until(world.seat_status, lambda status: status == "OPEN", what="the seat is open again", seconds=40)


def test_while_ticket_is_down_the_request_stays_open_and_ends_as_failed(world: World) -> None:
    buyer = world.buyer()
    assert world.seat_status() == "OPEN"
    with world.stack.processes.stopped("ticket"):
        problem = world.refused(buyer)
        assert (problem.status, problem.type) == (503, "ticket-unavailable")
    booking_id = problem.document["booking_id"]
    failed = world.await_status(buyer, booking_id, "FAILED", seconds=40)
    assert failed.failure_reason == "TICKET_UNAVAILABLE"
    assert world.seat_status() == "OPEN"


def test_a_taken_seat_is_refused_and_the_attempt_stays_in_the_history(world: World) -> None:
    first, second = world.buyer(), world.buyer("Bima Putra")
    world.book(first)
    problem = world.refused(second)
    assert (problem.status, problem.type) == (409, "seat-unavailable")
    assert second.booking(problem.document["booking_id"]).failure_reason == "SEAT_UNAVAILABLE"


def test_of_several_seats_all_are_taken_or_none(world: World) -> None:
    first, second = world.buyer(), world.buyer("Bima Putra")
    world.book(first, 5)
    assert world.refused(second, 4, 5, 6).type == "seat-unavailable"
    assert [world.seat_status(number) for number in (4, 5, 6)] == ["OPEN", "ON_GOING", "OPEN"]
    world.book(second, 4, 6)
