"""Ticket is asked by id about bookings of which no event arrived; none is requested again (docs/booking.md)."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from devstack.deadlines import stretched
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from client.bookings.models import Booking
from client.bookings.reconcile import bookings_claim_due
from client.notifications.models import Notification
from client.worker.reconcile import reconcile_due
from tests.api.conftest import SEATS, Api, assert_problem, history
from tests.fake_ticket import Answer, FakeTicket, broken, document, problem


@pytest.fixture
def requested_booking(ayu: Api, ticket: FakeTicket) -> str:
    """A booking whose request ticket has not answered."""
    ticket.script("POST", "/api/v1/bookings", Answer(0, drop=True))
    booking_id: str = assert_problem(ayu.book(0), 503, "ticket-unavailable")["booking_id"]
    ticket.requests.clear()
    return booking_id


@pytest.fixture
def set_clock() -> Iterator[Callable[[float], None]]:
    """Sets the clock to so many seconds after the beginning of the test; the clock does not run by itself."""
    start = timezone.now()
    with time_machine.travel(start, tick=False) as traveller:
        yield lambda seconds: traveller.move_to(start + timedelta(seconds=seconds))


def test_a_requested_booking_that_ticket_has_is_mirrored(
    ayu: Api, ticket: FakeTicket, requested_booking: str, set_clock: Callable[[float], None]
) -> None:
    ticket.booking(requested_booking, ayu.customer, SEATS[:1])
    assert reconcile_due() == 0
    set_clock(6)
    assert reconcile_due() == 1
    assert Booking.objects.get().status == "AWAITING_PAYMENT"
    assert not ticket.calls("POST", ".*")
    assert reconcile_due() == 0


def test_a_requested_booking_that_ticket_does_not_know_gets_its_grace_and_then_fails(
    ayu: Api, ticket: FakeTicket, requested_booking: str, set_clock: Callable[[float], None]
) -> None:
    set_clock(30)
    assert reconcile_due() == 1
    assert Booking.objects.get().status == "REQUESTED"
    assert not ticket.abandoned
    set_clock(61)
    assert reconcile_due() == 1
    assert ticket.abandoned == {requested_booking}
    booking = Booking.objects.get()
    assert (booking.status, booking.failure_reason, booking.next_check_at) == ("FAILED", "TICKET_UNAVAILABLE", None)
    assert len(history(actor="reconciler", from_status="REQUESTED", to_status="FAILED")) == 1
    assert Notification.objects.get().kind == "BOOKING_FAILED"
    set_clock(3600)
    assert reconcile_due() == 0


def test_a_request_that_reached_ticket_while_the_grace_ran_out_is_mirrored(
    ayu: Api, ticket: FakeTicket, requested_booking: str, set_clock: Callable[[float], None]
) -> None:
    set_clock(30)
    assert reconcile_due() == 1
    ticket.booking(requested_booking, ayu.customer, SEATS[:1])
    set_clock(61)
    assert reconcile_due() == 1
    assert Booking.objects.get().status == "AWAITING_PAYMENT"
    assert not ticket.abandoned
    assert not Notification.objects.filter(kind="BOOKING_FAILED").exists()


NO_ANSWERS = [Answer(0, drop=True), broken(500), problem("forbidden", 403), broken(200, b"x")]


@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_a_missing_answer_changes_nothing_and_ticket_is_asked_again(
    ticket: FakeTicket, requested_booking: str, set_clock: Callable[[float], None], answer: Answer
) -> None:
    set_clock(30)
    ticket.script("GET", f"/api/v1/bookings/{requested_booking}", answer, answer)
    reconcile_due()
    assert_still_asked_about()


# An older release of ticket does not know the call, and answers 404 without having given up anything.
@pytest.mark.parametrize("answer", [*NO_ANSWERS, replace(problem("not-found", 404), broken=True)])
def test_a_booking_fails_only_if_ticket_has_confirmed_that_its_id_is_given_up(
    ticket: FakeTicket, requested_booking: str, set_clock: Callable[[float], None], answer: Answer
) -> None:
    set_clock(3600)
    ticket.script("POST", f"/api/v1/bookings/{requested_booking}/abandon", answer)
    reconcile_due()
    assert_still_asked_about()
    set_clock(3700)
    reconcile_due()
    assert Booking.objects.get().status == "FAILED"


def assert_still_asked_about() -> None:
    booking = Booking.objects.get()
    assert booking.status == "REQUESTED"
    assert booking.next_check_at is not None
    assert booking.next_check_at > timezone.now()
    assert not Notification.objects.exists()


def test_an_unpaid_booking_is_asked_about_once_its_hold_is_over(
    ayu: Api, ticket: FakeTicket, set_clock: Callable[[float], None]
) -> None:
    booking_id = ayu.book(0).json()["id"]
    Booking.objects.update(hold_expires_at=timezone.now(), next_check_at=timezone.now() + timedelta(seconds=30))
    ticket.bookings[booking_id] |= {"status": "EXPIRED", "version": 3}
    set_clock(31)
    assert reconcile_due() == 1
    booking = Booking.objects.get()
    assert (booking.status, booking.next_check_at) == ("EXPIRED", None)


def test_a_booked_booking_without_a_document_is_asked_about_until_it_has_one(
    ayu: Api, ticket: FakeTicket, set_clock: Callable[[float], None]
) -> None:
    booking_id = ayu.book(0).json()["id"]
    ticket.bookings[booking_id] |= {"status": "BOOKED", "version": 3}
    ayu.post(f"/bookings/{booking_id}/refresh")
    ticket.bookings[booking_id] |= {"version": 4, "document": document("a" * 64)}
    set_clock(61)
    assert reconcile_due() == 1
    booking = Booking.objects.get()
    assert (booking.ticket_available, booking.next_check_at) == (True, None)


def test_a_booking_that_ticket_refuses_does_not_stop_the_others(
    ayu: Api, ticket: FakeTicket, set_clock: Callable[[float], None]
) -> None:
    ids = [ayu.book(seat).json()["id"] for seat in range(3)]
    Booking.objects.update(next_check_at=timezone.now())
    ticket.script("GET", f"/api/v1/bookings/{ids[0]}", problem("validation-error", 422))
    for booking_id in ids:
        ticket.bookings[booking_id] |= {"status": "EXPIRED", "version": 3}
    set_clock(1)
    assert reconcile_due() == 2
    assert sorted(Booking.objects.values_list("status", flat=True)) == ["AWAITING_PAYMENT", "EXPIRED", "EXPIRED"]


def test_a_booking_that_ticket_has_forgotten_stays_as_it_is(
    ayu: Api, ticket: FakeTicket, set_clock: Callable[[float], None]
) -> None:
    booking_id = ayu.book(0).json()["id"]
    Booking.objects.update(next_check_at=timezone.now())
    del ticket.bookings[booking_id]
    set_clock(3600)
    assert reconcile_due() == 1
    assert Booking.objects.get().status == "AWAITING_PAYMENT"


def test_several_workers_share_the_work_without_doing_any_twice(ayu: Api, ticket: FakeTicket) -> None:
    ids = [ayu.book(seat).json()["id"] for seat in range(10)]
    for booking_id in ids:
        ticket.bookings[booking_id] |= {"status": "EXPIRED", "version": 3}
    Booking.objects.update(next_check_at=timezone.now())
    ticket.requests.clear()
    start, looked_at = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        looked_at.append(reconcile_due())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=stretched(20))
    assert sum(looked_at) == 10
    assert sorted(seen.path.rsplit("/", 1)[1] for seen in ticket.requests) == sorted(ids)


def test_a_booking_that_one_worker_claims_is_skipped_by_another(ayu: Api, ticket: FakeTicket) -> None:
    ayu.book(0)
    Booking.objects.update(next_check_at=timezone.now())
    looked_at: list[int] = []

    def work() -> None:
        looked_at.append(reconcile_due())
        connection.close()

    thread = threading.Thread(target=work)
    with transaction.atomic():
        assert len(bookings_claim_due()) == 1
        thread.start()
        thread.join(timeout=stretched(5))
        assert looked_at == [0]
    thread.join(timeout=stretched(5))


def test_a_requested_booking_cannot_be_stored_without_a_deadline(ayu: Api, requested_booking: str) -> None:
    with pytest.raises(IntegrityError, match="requested_has_a_deadline"):
        Booking.objects.update(next_check_at=None)
