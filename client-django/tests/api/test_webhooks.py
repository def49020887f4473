"""Events of ticket (docs/booking.md, Webhooks) are applied once, in any order, for the right buyer."""

import json
import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from devstack.deadlines import Deadline, stretched
from django.db import connection, transaction

from client.accounts.models import User
from client.bookings.mirror import Source, booking_mirror
from client.bookings.models import Booking
from client.notifications.models import Notification
from client.ticket_api.models import TicketBooking
from client.waitlist.models import WaitlistEntry
from client.webhooks.models import InboxMessage
from tests.api.conftest import SEATS, Api, assert_problem, history, send_raw
from tests.conftest import WEBHOOK_SECRETS
from tests.fake_ticket import FakeTicket, document, problem
from tests.ticket_contract import CONTRACTS

Deliver = Callable[..., Any]
BOOKED = {"status": "BOOKED", "version": 3, "document": document("a" * 64)}


@pytest.fixture
def held_booking(ayu: Api, ticket: FakeTicket) -> dict[str, Any]:
    """Ticket's record of a booking of Ayu that awaits payment."""
    return ticket.bookings[ayu.book(0).json()["id"]]


def test_a_change_of_state_is_applied(held_booking: dict[str, Any], deliver: Deliver, ayu: Api) -> None:
    response = deliver("booking.updated", held_booking | BOOKED)
    assert (response.status_code, response.json()) == (200, {"outcome": "applied"})
    booking = ayu.get(f"/bookings/{held_booking['id']}").json()
    assert (booking["status"], booking["ticket_available"]) == ("BOOKED", True)


def test_the_same_event_has_its_effect_once(held_booking: dict[str, Any], deliver: Deliver) -> None:
    outcomes = [
        deliver("booking.updated", held_booking | BOOKED, message_id="msg_1").json()["outcome"] for _ in range(3)
    ]
    assert outcomes == ["applied", "duplicate", "duplicate"]
    assert len(history(to_status="BOOKED")) == 1
    assert Notification.objects.filter(kind="BOOKING_CONFIRMED").count() == 1


def test_an_older_event_is_acknowledged_and_ignored(held_booking: dict[str, Any], deliver: Deliver) -> None:
    deliver("booking.updated", held_booking | BOOKED)
    assert deliver("booking.updated", held_booking | {"version": 2}).json() == {"outcome": "ignored"}
    assert deliver("booking.updated", held_booking | {"version": 3, "status": "CANCELLED"}).json() == {
        "outcome": "ignored"
    }
    assert Booking.objects.get().status == "BOOKED"


def test_a_newer_event_is_news_even_if_the_booking_still_awaits_payment(
    held_booking: dict[str, Any], deliver: Deliver
) -> None:
    newer = held_booking | {"version": 3, "payment_url": "https://pay.example/pay/another"}
    events = [(held_booking, "msg_1"), (newer, "msg_2"), (newer, "msg_2"), (newer, "msg_3")]
    outcomes = [deliver("booking.updated", data, message_id=id_).json()["outcome"] for data, id_ in events]
    assert outcomes == ["ignored", "applied", "duplicate", "ignored"]
    assert Booking.objects.get().payment_url == newer["payment_url"]


def test_another_secret_of_the_rotation_is_accepted(held_booking: dict[str, Any], deliver: Deliver) -> None:
    assert deliver("booking.updated", held_booking | BOOKED, secret=WEBHOOK_SECRETS[1]).status_code == 200


def test_a_late_holding_does_not_undo_a_failure_that_ticket_answered(
    ayu: Api, ticket: FakeTicket, deliver: Deliver
) -> None:
    ticket.script("POST", "/api/v1/bookings", problem("organizer-declined", 502))
    booking_id = assert_problem(ayu.book(0), 502, "organizer-declined")["booking_id"]
    snapshot = ticket.booking(booking_id, ayu.customer, SEATS[:1], status="HOLDING", version=1)
    assert deliver("booking.updated", snapshot).json() == {"outcome": "ignored"}
    assert Booking.objects.get().status == "FAILED"
    snapshot |= {"status": "FAILED", "failure_reason": "ORGANIZER_DECLINED", "version": 2}
    assert deliver("booking.updated", snapshot).json() == {"outcome": "applied"}
    assert Notification.objects.count() == 1


def test_a_booking_given_up_is_corrected_by_a_later_event(ayu: Api, ticket: FakeTicket, deliver: Deliver) -> None:
    ticket.script("POST", "/api/v1/bookings", problem("forbidden", 403))
    booking_id = assert_problem(ayu.book(0), 503, "ticket-unavailable")["booking_id"]
    snapshot = ticket.booking(booking_id, ayu.customer, SEATS[:1], status="HOLDING", version=1)
    assert deliver("booking.updated", snapshot).json() == {"outcome": "applied"}
    booking = Booking.objects.get()
    assert (booking.status, booking.failure_reason) == ("HOLDING", None)


def test_a_promotion_from_the_queue_is_stored_for_its_customer(
    ayu: Api, bima: Api, ticket: FakeTicket, deliver: Deliver
) -> None:
    snapshot = ticket.booking(
        str(uuid4()),
        bima.customer,
        SEATS[:1],
        origin="WAITLIST",
        waitlist_entry_id=str(uuid4()),
        version=1,
        status="HOLDING",
    )
    assert deliver("booking.updated", snapshot).json() == {"outcome": "applied"}
    assert deliver("booking.updated", snapshot | {"version": 2, "status": "AWAITING_PAYMENT"}).status_code == 200
    (booking,) = bima.get("/bookings").json()["items"]
    assert (booking["id"], booking["origin"], booking["status"]) == (snapshot["id"], "WAITLIST", "AWAITING_PAYMENT")
    assert ayu.get("/bookings").json()["items"] == []
    offer = Notification.objects.get()
    assert (offer.kind, offer.email_state) == ("WAITLIST_OFFER", "PENDING")
    assert snapshot["payment_url"] in offer.body
    assert [entry["from_status"] for entry in history(action="adopted")] == [None]


def test_a_booking_of_an_unknown_customer_is_refused_and_leaves_nothing(ticket: FakeTicket, deliver: Deliver) -> None:
    stranger = {"id": str(uuid4()), "name": "Stranger", "email": "s@example.com"}
    snapshot = ticket.booking(str(uuid4()), stranger, SEATS[:1])
    assert_problem(deliver("booking.updated", snapshot, message_id="msg_9"), 422, "validation-error")
    assert not Booking.objects.exists()
    assert not InboxMessage.objects.exists()


def test_a_place_in_line_of_an_unknown_customer_is_ignored_so_that_it_is_not_sent_for_hours(
    ticket: FakeTicket, deliver: Deliver
) -> None:
    stranger = {"id": str(uuid4()), "name": "Stranger", "email": "s@example.com"}
    entry = ticket.entry(SEATS[0], stranger)
    answer = deliver("waitlist.updated", entry, message_id="msg_9")
    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    assert not WaitlistEntry.objects.exists()
    # Its account comes back from a backup, and staff have the event sent again.
    User.objects.create(id=stranger["id"], email=stranger["email"], name=stranger["name"])
    assert deliver("waitlist.updated", entry, message_id="msg_9").json() == {"outcome": "applied"}
    assert WaitlistEntry.objects.get().user.email == stranger["email"]


def test_unknown_fields_and_unknown_types_are_tolerated(held_booking: dict[str, Any], deliver: Deliver) -> None:
    assert deliver("booking.updated", held_booking | BOOKED | {"colour": "red"}).json() == {"outcome": "applied"}
    assert deliver("seat.painted", {"colour": "red"}).json() == {"outcome": "ignored"}


@pytest.mark.parametrize("status", ["PENDING", "REFUNDED"])
def test_a_refund_is_mirrored_and_notified_when_it_is_done(
    held_booking: dict[str, Any], deliver: Deliver, status: str
) -> None:
    cancelled = {"status": "CANCELLED", "cancel_reason": "EVENT_CANCELLED", "refund_status": status, "version": 4}
    deliver("booking.updated", held_booking | cancelled)
    booking = Booking.objects.get()
    assert booking.refund_status == status
    assert (booking.next_check_at is None) == (status == "REFUNDED")
    assert Notification.objects.filter(kind="BOOKING_REFUNDED").exists() == (status == "REFUNDED")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"not json", b"[]", b"{}", b'{"type": 1, "timestamp": "2026-11-23T10:00:00Z", "data": {}}',
        b'{"type": "booking.updated", "timestamp": "2026-11-23T10:00:00Z"}',
        b'{"type": "booking.updated", "timestamp": "2026-11-23T10:00:00Z", "data": {"id": "x"}}',
        b'{"type": "waitlist.updated", "timestamp": "yesterday", "data": null}', b"[" * 5000,
    ],
)  # fmt: skip
def test_signed_but_unreadable_is_422(anonymous: Api, body: bytes) -> None:
    assert_problem(send_raw(anonymous, body), 422, "validation-error")
    assert not InboxMessage.objects.exists()


@pytest.mark.parametrize(
    "change", [{"version": 0}, {"version": "x"}, {"status": "LOST"}, {"seats": None}, {"amount": "much"}]
)
def test_a_booking_of_the_wrong_shape_is_422(
    held_booking: dict[str, Any], deliver: Deliver, change: dict[str, Any]
) -> None:
    assert_problem(deliver("booking.updated", held_booking | change), 422, "validation-error")
    assert Booking.objects.get().version == 2


def test_unsigned_and_badly_signed_messages_are_refused(held_booking: dict[str, Any], anonymous: Api) -> None:
    body = json.dumps(
        {"type": "booking.updated", "timestamp": "2026-11-23T10:00:00Z", "data": held_booking | BOOKED}
    ).encode()
    good = {"webhook-id": "msg_1", "webhook-timestamp": "1795428192", "webhook-signature": "v1,AAAA"}
    for change in [
        {}, {"webhook-id": ""}, {"webhook-signature": "v1"}, {"webhook-signature": "v1,???"},
        {"webhook-signature": "v1,ü"}, {"webhook-timestamp": "nan"}, {"webhook-timestamp": "9" * 400},
        {"webhook-signature": "," * 50}, {"webhook-id": "x" * 300}, {"webhook-timestamp": "²"},
    ]:  # fmt: skip
        assert_problem(anonymous.post("/webhooks/ticket", body, **(good | change)), 401, "unauthenticated")
    assert_problem(anonymous.post("/webhooks/ticket", b"\xff\xfe", **good), 401, "unauthenticated")
    assert_problem(anonymous.post("/webhooks/ticket", body), 401, "unauthenticated")
    assert Booking.objects.get().status == "AWAITING_PAYMENT"


def test_an_oversized_message_is_413_before_anything_else(anonymous: Api) -> None:
    assert_problem(anonymous.post("/webhooks/ticket", b"x" * (64 * 1024 + 1)), 413, "body-too-large")


def test_other_methods_are_405(anonymous: Api) -> None:
    response = anonymous.get("/webhooks/ticket")
    assert_problem(response, 405, "method-not-allowed")
    assert response["Allow"] == "POST"


def test_the_examples_of_the_contract_are_understood(
    anonymous: Api, deliver: Deliver, sign_up: Callable[..., Api]
) -> None:
    examples = sorted((CONTRACTS / "webhooks" / "examples").glob("*.json"))
    ours = [e for e in map(_read, examples) if e["type"] in {"booking.updated", "waitlist.updated"}]
    assert ours, "contracts/webhooks/examples has no examples of ticket's webhooks"
    for number, example in enumerate(ours):
        customer = example["data"]["customer"]["id"]
        User.objects.get_or_create(id=customer, defaults={"email": f"u{number}@example.com", "name": "Someone"})
        response = send_raw(anonymous, json.dumps(example).encode())
        assert response.status_code == 200, response.content


def _read(path: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def test_of_two_events_at_once_the_newer_wins_and_each_step_is_recorded_once(
    held_booking: dict[str, Any],
) -> None:
    booked = TicketBooking.model_validate(held_booking | BOOKED)
    cancelled = TicketBooking.model_validate(
        held_booking | {"status": "CANCELLED", "cancel_reason": "BUYER", "version": 4}
    )
    for attempt in range(5):
        Booking.objects.update(version=2, status="AWAITING_PAYMENT", history=[])
        start = threading.Barrier(4)

        def apply(snapshot: TicketBooking, start: threading.Barrier = start) -> None:
            start.wait()
            booking_mirror(snapshot=snapshot, source=Source.WEBHOOK)
            connection.close()

        threads = [threading.Thread(target=apply, args=(each,)) for each in (booked, cancelled, booked, cancelled)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=stretched(10))
        assert (Booking.objects.get().version, Booking.objects.get().status) == (4, "CANCELLED"), attempt
        assert len(history(version=4)) == 1
        assert len(history(version=3)) <= 1


def test_the_history_names_the_state_that_was_left_even_when_two_events_overlap(held_booking: dict[str, Any]) -> None:
    booked = TicketBooking.model_validate(held_booking | BOOKED)
    cancelled = TicketBooking.model_validate(
        held_booking | {"status": "CANCELLED", "cancel_reason": "BUYER", "version": 4}
    )

    def apply() -> None:
        booking_mirror(snapshot=cancelled, source=Source.WEBHOOK)
        connection.close()

    thread = threading.Thread(target=apply)
    with transaction.atomic():
        booking_mirror(snapshot=booked, source=Source.WEBHOOK)
        thread.start()
        _wait_until_somebody_waits_for_a_lock()
    thread.join(timeout=stretched(10))
    assert [entry["from_status"] for entry in history(version=4)] == ["BOOKED"]


def _wait_until_somebody_waits_for_a_lock() -> None:
    deadline = Deadline(10)
    with connection.cursor() as cursor:
        while not deadline.is_over():
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
            if cursor.fetchone()[0]:
                return
    pytest.fail("nobody waits")


def test_one_event_delivered_by_two_at_once_is_applied_once(held_booking: dict[str, Any], deliver: Deliver) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(3)

    def send() -> None:
        start.wait()
        outcomes.append(deliver("booking.updated", held_booking | BOOKED, message_id="msg_twice").json()["outcome"])
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=stretched(10))
    assert sorted(outcomes) == ["applied", "duplicate", "duplicate"]
