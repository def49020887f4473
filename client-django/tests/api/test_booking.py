"""Booking (docs/booking.md, step 1): the buyer's request, and ticket's answer in the buyer's history."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from servicekit.viewer_address import viewer_headers

from client.bookings.history import history_of
from client.bookings.models import Booking, BookingChange
from client.notifications.models import Notification
from tests.api.conftest import SEATS, Api, assert_problem
from tests.conftest import VIEWER_SECRETS
from tests.fake_ticket import EVENT_ID, Answer, FakeTicket, ReceivedRequest, broken, document, problem


def test_ticket_gets_a_key_of_the_viewers_address_and_never_the_address(
    ayu: Api, bima: Api, ticket: FakeTicket
) -> None:
    def book_from(address: str, caller: Api, seat: int) -> str:
        headers = viewer_headers(VIEWER_SECRETS[1], address, "POST", "/api/v1/bookings", datetime.now(UTC))
        assert caller.book(seat, **headers).status_code == 201
        return str(ticket.calls("POST", "/api/v1/bookings")[-1].body["buyer_address"])

    home = book_from("2001:db8:1:2::7", ayu, 0)
    assert home == book_from("2001:db8:1:2:ffff::1", bima, 1)
    assert home != book_from("2001:db8:1:3::7", ayu, 2)
    sent = json.dumps([call.body for call in ticket.calls("POST", ".*")])
    assert "2001:db8" not in sent


def test_a_booking_is_held_and_waits_for_payment(ayu: Api, ticket: FakeTicket) -> None:
    response = ayu.book(0, 1)
    assert response.status_code == 201, response.content
    booking = response.json()
    assert booking["status"] == "AWAITING_PAYMENT"
    assert booking["amount"] == 900000
    assert booking["event"]["name"] == "Malam Gamelan"
    assert [seat["number"] for seat in booking["seats"]] == [1, 2]
    assert booking["payment_url"].startswith("http")
    assert booking["ticket_available"] is False
    assert set(booking) == {
        "id", "user_id", "status", "event", "seats", "amount", "currency", "invoice_number", "payment_url",
        "hold_expires_at", "failure_reason", "cancel_reason", "refund_status", "origin", "ticket_available",
        "created_at", "updated_at",
    }  # fmt: skip


def test_ticket_is_asked_with_the_booking_id_as_name_and_key_and_with_the_ids_of_the_request(
    ayu: Api, ticket: FakeTicket
) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    booking = ayu.book(0, **{"X-Request-ID": "my-request.1", "traceparent": trace}).json()
    (seen,) = ticket.calls("POST", "/api/v1/bookings")
    assert seen.body["booking_id"] == booking["id"] == seen.headers["idempotency-key"]
    assert seen.body["customer"] == ayu.customer
    assert seen.body["return_url"] == f"http://127.0.0.1:8501/bookings?booking_id={booking['id']}"
    assert seen.headers["x-request-id"] == "my-request.1"
    assert seen.headers["traceparent"].split("-")[1] == trace.split("-")[1]


def test_the_request_is_committed_before_ticket_is_asked(ayu: Api, ticket: FakeTicket) -> None:
    found = []

    def look(seen: ReceivedRequest) -> Answer:
        found.append(Booking.objects.get(id=seen.body["booking_id"]).status)
        # The fake calls this in a thread of its own, whose open connection would prevent the removal of the database.
        connection.close()
        return problem("seat-unavailable", 409)

    ticket.script("POST", "/api/v1/bookings", look)
    ayu.book(0)
    assert found == ["REQUESTED"]


@pytest.mark.parametrize(
    ("type_", "status", "reason"),
    [
        ("seat-unavailable", 409, "SEAT_UNAVAILABLE"),
        ("organizer-declined", 502, "ORGANIZER_DECLINED"),
        ("organizer-unreachable", 503, "ORGANIZER_UNREACHABLE"),
        ("payment-unavailable", 503, "INVOICE_UNAVAILABLE"),
    ],
)
def test_a_refused_attempt_is_in_the_history_with_its_reason(
    ayu: Api, ticket: FakeTicket, type_: str, status: int, reason: str
) -> None:
    ticket.script("POST", "/api/v1/bookings", problem(type_, status))
    document = assert_problem(ayu.book(0), status, type_)
    (booking,) = ayu.get("/bookings").json()["items"]
    assert booking["id"] == document["booking_id"]
    assert (booking["status"], booking["failure_reason"]) == ("FAILED", reason)
    assert booking["event"]["name"] == "Malam Gamelan"
    assert booking["seats"][0]["section"] == "Balkon"
    assert Notification.objects.get(booking_id=booking["id"]).kind == "BOOKING_FAILED"


def test_a_request_whose_id_was_given_up_meanwhile_has_failed(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("POST", "/api/v1/bookings", problem("booking-abandoned", 409))
    booking_id = assert_problem(ayu.book(0), 503, "ticket-unavailable")["booking_id"]
    booking = Booking.objects.get(id=booking_id)
    assert (booking.status, booking.failure_reason) == ("FAILED", "TICKET_UNAVAILABLE")


def test_a_buyer_who_comes_too_late_learns_which_seats_are_taken(ayu: Api, bima: Api, ticket: FakeTicket) -> None:
    ayu.book(1)
    document = assert_problem(bima.book(0, 1), 409, "seat-unavailable")
    assert document["seat_ids"] == [SEATS[1]]


def test_a_failure_that_ticket_has_stored_is_mirrored_as_ticket_shows_it(ayu: Api, ticket: FakeTicket) -> None:
    def decline(seen: ReceivedRequest) -> Answer:
        failed = {"status": "FAILED", "failure_reason": "ORGANIZER_DECLINED", "payment_url": None}
        booking = ticket.booking(seen.body["booking_id"], seen.body["customer"], seen.body["seat_ids"], **failed)
        return problem("organizer-declined", 502, booking_id=booking["id"], booking=booking)

    ticket.script("POST", "/api/v1/bookings", decline)
    document = assert_problem(ayu.book(0), 502, "organizer-declined")
    assert "booking" not in document
    booking = Booking.objects.get(id=document["booking_id"])
    assert (booking.status, booking.version, booking.amount) == ("FAILED", 2, 450000)
    assert Notification.objects.count() == 1


def test_an_event_cancelled_while_the_booking_was_being_made_stays_in_the_history(ayu: Api, ticket: FakeTicket) -> None:
    def cancel(seen: ReceivedRequest) -> Answer:
        ended = {"status": "CANCELLED", "cancel_reason": "EVENT_CANCELLED", "payment_url": None}
        booking = ticket.booking(seen.body["booking_id"], seen.body["customer"], seen.body["seat_ids"], **ended)
        return problem("event-cancelled", 409, booking_id=booking["id"], booking=booking)

    ticket.script("POST", "/api/v1/bookings", cancel)
    document = assert_problem(ayu.book(0), 409, "event-cancelled")
    assert Booking.objects.get(id=document["booking_id"]).status == "CANCELLED"


@pytest.mark.parametrize(
    ("type_", "status"),
    [("event-not-found", 404), ("idempotency-key-reused", 422), ("sale-not-open", 409), ("sale-closed", 409),
     ("event-cancelled", 409), ("validation-error", 422)],
)  # fmt: skip
def test_what_could_never_be_a_booking_leaves_nothing_behind(
    ayu: Api, ticket: FakeTicket, type_: str, status: int
) -> None:
    refusal = problem(type_, status)
    ticket.script("POST", "/api/v1/bookings", refusal)
    document = assert_problem(ayu.book(0), status, type_)
    assert document.get("errors") == refusal.body.get("errors")
    assert document["instance"] == "/api/v1/bookings"
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(0, drop=True),
        broken(500, {"oops": True}),
        broken(502, b"<html>bad gateway</html>"),
        problem("internal-error", 500),
        broken(503, problem("storage-unavailable", 503).body, problem=True),
        problem("request-in-progress", 409),
        broken(201, {"id": "not a booking"}),
        broken(201, b"not json"),
    ],
)
def test_an_unknown_outcome_stays_requested_and_names_the_booking(ayu: Api, ticket: FakeTicket, answer: Answer) -> None:
    ticket.script("POST", "/api/v1/bookings", answer)
    document = assert_problem(ayu.book(0), 503, "ticket-unavailable")
    booking = Booking.objects.get(id=document["booking_id"])
    assert booking.status == "REQUESTED"
    assert booking.next_check_at is not None
    assert len(ticket.calls("POST", "/api/v1/bookings")) == 1


def test_a_slow_ticket_is_an_unknown_outcome(ayu: Api, ticket: FakeTicket, setting: object) -> None:
    import threading

    release = threading.Event()

    def wait(seen: ReceivedRequest) -> Answer:
        release.wait(10)
        return Answer(0, drop=True)

    setting(ticket_change_seconds=0.2)  # type: ignore[operator]
    ticket.script("POST", "/api/v1/bookings", wait)
    document = assert_problem(ayu.book(0), 503, "ticket-unavailable")
    release.set()
    assert Booking.objects.get(id=document["booking_id"]).status == "REQUESTED"


@pytest.mark.parametrize("refusal", [problem("unauthenticated", 401), problem("forbidden", 403), broken(429)])
def test_ticket_refusing_this_service_is_not_shown_as_the_buyers_mistake(
    ayu: Api, ticket: FakeTicket, refusal: Answer
) -> None:
    ticket.script("POST", "/api/v1/bookings", refusal)
    document = assert_problem(ayu.book(0), 503, "ticket-unavailable")
    booking = Booking.objects.get(id=document["booking_id"])
    assert (booking.status, booking.failure_reason) == ("FAILED", "TICKET_UNAVAILABLE")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "event_id"),
        ({"event_id": EVENT_ID}, "seat_ids"),
        ({"event_id": EVENT_ID, "seat_ids": []}, "seat_ids"),
        ({"event_id": EVENT_ID, "seat_ids": [str(uuid4()) for _ in range(11)]}, "seat_ids"),
        ({"event_id": EVENT_ID, "seat_ids": [SEATS[0], SEATS[0]]}, "seat_ids"),
        ({"event_id": EVENT_ID, "seat_ids": [SEATS[0], SEATS[0].upper()]}, "seat_ids"),
        ({"event_id": EVENT_ID, "seat_ids": ["A-1"]}, "seat_ids.0"),
        ({"event_id": EVENT_ID, "seat_ids": [None]}, "seat_ids.0"),
        ({"event_id": EVENT_ID, "seat_ids": SEATS[0]}, "seat_ids"),
        ({"event_id": EVENT_ID, "seat_ids": {"0": SEATS[0]}}, "seat_ids"),
        ({"event_id": "Malam Gamelan", "seat_ids": [SEATS[0]]}, "event_id"),
        ({"event_id": None, "seat_ids": [SEATS[0]]}, "event_id"),
        ({"event_id": EVENT_ID, "seat_ids": [SEATS[0]], "price": 1}, "price"),
        ([], ""),
        ("seat", ""),
        (None, "event_id"),
    ],
)
def test_wrong_input_names_its_field_and_ticket_is_not_asked(
    ayu: Api, ticket: FakeTicket, body: object, field: str
) -> None:
    document = assert_problem(ayu.post("/bookings", body), 422, "validation-error")
    assert field in [error["field"] for error in document["errors"]]
    assert not ticket.requests
    assert not Booking.objects.exists()


def test_one_sees_only_ones_own_bookings(ayu: Api, bima: Api, ticket: FakeTicket) -> None:
    booking_id = ayu.book(0).json()["id"]
    assert bima.get("/bookings").json()["items"] == []
    for method, path in [
        ("GET", ""), ("POST", "/refresh"), ("POST", "/cancel"), ("GET", "/ticket"), ("GET", "/timeline"),
    ]:  # fmt: skip
        assert_problem(bima.call(method, f"/bookings/{booking_id}{path}"), 404, "not-found")
    assert ticket.bookings[booking_id]["status"] == "AWAITING_PAYMENT"


def test_another_users_id_in_the_filter_shows_nothing_of_theirs(ayu: Api, bima: Api) -> None:
    ayu.book(0)
    assert bima.get(f"/bookings?user={ayu.customer['id']}").json()["items"] == []


def test_staff_see_all_bookings_and_filter_them(ayu: Api, bima: Api, staff: Api) -> None:
    ayu.book(0)
    bima.book(1)
    assert len(staff.get("/bookings").json()["items"]) == 2
    assert len(staff.get(f"/bookings?user={bima.customer['id']}").json()["items"]) == 1
    assert len(staff.get(f"/bookings?event={EVENT_ID}").json()["items"]) == 2
    assert len(staff.get(f"/bookings?event={uuid4()}").json()["items"]) == 0
    assert len(staff.get("/bookings?status=FAILED").json()["items"]) == 0


@pytest.mark.parametrize("query", ["status=LOST", "event=x", "user=x", "limit=0", "limit=101", "limit=x", "cursor=%00"])
def test_a_wrong_filter_is_refused(ayu: Api, query: str) -> None:
    assert_problem(ayu.get(f"/bookings?{query}"), 422, "validation-error")


def _at(position: str) -> str:
    return quote(b64encode(f"p={quote(position)}".encode()).decode())


STRANGE_TIMES = ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-23T10:00:00", "2026-13-01 10:00Z"]


@pytest.mark.parametrize("cursor", ["x", "cD1hYmM=", "cj14", "ü", *map(_at, STRANGE_TIMES)])
def test_a_cursor_that_we_did_not_make_is_refused(ayu: Api, cursor: str) -> None:
    document = assert_problem(ayu.get(f"/bookings?cursor={cursor}"), 422, "validation-error")
    assert document["errors"][0]["field"] == "cursor"


def test_the_history_is_paged_from_the_newest_to_the_oldest_without_gap_or_repeat(ayu: Api) -> None:
    made = [ayu.book(seat).json()["id"] for seat in range(5)]
    seen, cursor = [], ""
    for _ in range(3):
        page = ayu.get(f"/bookings?limit=2{cursor}").json()
        seen += [booking["id"] for booking in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert seen == made[::-1]


def test_refresh_mirrors_what_ticket_says_now(ayu: Api, ticket: FakeTicket) -> None:
    booking_id = ayu.book(0).json()["id"]
    ticket.bookings[booking_id] |= {"status": "FAILED", "failure_reason": "PAYMENT_FAILED", "version": 3}
    booking = ayu.post(f"/bookings/{booking_id}/refresh").json()
    assert (booking["status"], booking["failure_reason"]) == ("FAILED", "PAYMENT_FAILED")


def test_refresh_of_a_booking_that_ticket_does_not_know_changes_nothing(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("POST", "/api/v1/bookings", problem("seat-unavailable", 409))
    booking_id = assert_problem(ayu.book(0), 409, "seat-unavailable")["booking_id"]
    assert ayu.post(f"/bookings/{booking_id}/refresh").json()["failure_reason"] == "SEAT_UNAVAILABLE"


def test_refresh_without_ticket_is_a_problem(ayu: Api, ticket: FakeTicket) -> None:
    booking_id = ayu.book(0).json()["id"]
    ticket.down = True
    assert_problem(ayu.post(f"/bookings/{booking_id}/refresh"), 503, "ticket-unavailable")


def test_cancelling_passes_the_request_on_and_mirrors_the_answer(ayu: Api, ticket: FakeTicket) -> None:
    booking_id = ayu.book(0).json()["id"]
    booking = ayu.post(f"/bookings/{booking_id}/cancel").json()
    assert (booking["status"], booking["cancel_reason"]) == ("CANCELLED", "BUYER")
    assert ticket.calls("POST", ".*/cancel")[0].body == {"reason": "BUYER"}


def test_staff_cancel_as_staff(ayu: Api, staff: Api, ticket: FakeTicket) -> None:
    booking_id = ayu.book(0).json()["id"]
    assert staff.post(f"/bookings/{booking_id}/cancel").status_code == 200
    assert ticket.calls("POST", ".*/cancel")[0].body == {"reason": "STAFF"}


REFUSALS = ["payment-in-progress", "booking-in-progress", "booking-already-ended", "event-started"]


@pytest.mark.parametrize("type_", REFUSALS)
def test_tickets_refusal_to_cancel_reaches_the_buyer(ayu: Api, ticket: FakeTicket, type_: str) -> None:
    booking_id = ayu.book(0).json()["id"]
    ticket.script("POST", f"/api/v1/bookings/{booking_id}/cancel", problem(type_, 409))
    assert_problem(ayu.post(f"/bookings/{booking_id}/cancel"), 409, type_)
    assert ayu.get(f"/bookings/{booking_id}").json()["status"] == "AWAITING_PAYMENT"


def test_a_requested_booking_cannot_be_cancelled_yet(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("POST", "/api/v1/bookings", Answer(0, drop=True))
    booking_id = assert_problem(ayu.book(0), 503, "ticket-unavailable")["booking_id"]
    assert_problem(ayu.post(f"/bookings/{booking_id}/cancel"), 409, "booking-in-progress")


def test_a_booking_that_never_came_to_ticket_is_over(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("POST", "/api/v1/bookings", problem("seat-unavailable", 409))
    booking_id = assert_problem(ayu.book(0), 409, "seat-unavailable")["booking_id"]
    assert_problem(ayu.post(f"/bookings/{booking_id}/cancel"), 409, "booking-already-ended")
    assert not ticket.calls("POST", ".*/cancel")


def test_the_ticket_is_a_fresh_link_once_there_is_a_document(ayu: Api, ticket: FakeTicket) -> None:
    booking_id = ayu.book(0).json()["id"]
    assert_problem(ayu.get(f"/bookings/{booking_id}/ticket"), 404, "ticket-not-ready")
    ticket.bookings[booking_id] |= {
        "status": "BOOKED", "version": 3, "document": document("0" * 64),
    }  # fmt: skip
    link = ayu.get(f"/bookings/{booking_id}/ticket").json()
    assert set(link) == {"url", "expires_at", "sha256", "kind"}
    assert ayu.post(f"/bookings/{booking_id}/refresh").json()["ticket_available"] is True


def test_a_booking_unknown_to_ticket_has_no_ticket(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("POST", "/api/v1/bookings", problem("seat-unavailable", 409))
    booking_id = assert_problem(ayu.book(0), 409, "seat-unavailable")["booking_id"]
    assert_problem(ayu.get(f"/bookings/{booking_id}/ticket"), 404, "ticket-not-ready")


def test_the_timeline_has_the_steps_of_all_services_in_order_of_time(ayu: Api, ticket: FakeTicket) -> None:
    booking_id = ayu.book(0).json()["id"]
    timeline = ayu.get(f"/bookings/{booking_id}/timeline").json()
    assert timeline["note"] is None
    assert {step["service"] for step in timeline["items"]} == {"client", "organizer"}
    assert {"requested", "mirrored", "notified", "held"} == {step["action"] for step in timeline["items"]}
    times = [step["at"] for step in timeline["items"]]
    assert times == sorted(times)


def test_without_ticket_the_timeline_says_that_steps_are_missing(ayu: Api, ticket: FakeTicket) -> None:
    booking_id = ayu.book(0).json()["id"]
    ticket.down = True
    timeline = ayu.get(f"/bookings/{booking_id}/timeline").json()
    assert timeline["note"]
    assert {step["service"] for step in timeline["items"]} == {"client"}


def test_every_change_is_recorded_once(ayu: Api, ticket: FakeTicket) -> None:
    booking_id = ayu.book(0).json()["id"]
    ayu.post(f"/bookings/{booking_id}/refresh")
    changes = history_of(Booking.objects.get(id=booking_id))
    assert [(each["actor"], each["action"], each["from_status"], each["to_status"]) for each in changes] == [
        ("buyer", "requested", None, "REQUESTED"),
        ("ticket", "mirrored", "REQUESTED", "AWAITING_PAYMENT"),
    ]


def test_changes_are_in_order_though_an_earlier_release_stored_them_the_other_way_round(
    ayu: Api,
) -> None:
    booking = Booking.objects.get(id=ayu.book(0).json()["id"])
    assert [each["to_status"] for each in booking.history] == ["AWAITING_PAYMENT", "REQUESTED"]
    booking.history.reverse()
    booking.save(update_fields=["history"])
    asked = ayu.post(f"/bookings/{booking.id}/cancel")
    assert asked.status_code == 200
    booking.refresh_from_db()
    assert [each["to_status"] for each in booking.history][-2:] == ["REQUESTED", "AWAITING_PAYMENT"]
    assert [each["action"] for each in history_of(booking)] == ["requested", "mirrored", "cancel-requested", "mirrored"]


def test_the_timeline_also_shows_what_an_earlier_release_has_recorded(ayu: Api) -> None:
    booking_id = ayu.book(0).json()["id"]
    BookingChange.objects.create(
        booking_id=booking_id, at=timezone.now(), actor="staff", action="cancel-requested", version=2
    )
    items = ayu.get(f"/bookings/{booking_id}/timeline").json()["items"]
    ours = [
        (step["actor"], step["action"]) for step in items if step["service"] == "client" and step["actor"] != "client"
    ]
    assert sorted(ours) == [("buyer", "requested"), ("staff", "cancel-requested"), ("ticket", "mirrored")]


def test_a_waiting_booking_is_asked_about_after_its_hold_has_run_out(ayu: Api, ticket: FakeTicket) -> None:
    booking = Booking.objects.get(id=ayu.book(0).json()["id"])
    assert booking.next_check_at == booking.hold_expires_at + timedelta(seconds=30)  # type: ignore[operator]
    assert booking.next_check_at > timezone.now()
