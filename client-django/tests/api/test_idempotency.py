"""`Idempotency-Key` on every POST that creates (contracts/README.md)."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from devstack.deadlines import stretched
from django.db import connection
from django.utils import timezone
from rest_framework.response import Response

from client.accounts.models import User
from client.bookings.models import Booking
from client.edge.idempotency import is_final
from client.edge.models import IdempotencyKey
from tests.api.conftest import PASSWORD, SEATS, Api, assert_problem
from tests.fake_ticket import EVENT_ID, Answer, FakeTicket, ReceivedRequest, broken, problem

KEY = {"Idempotency-Key": "key-1"}


def test_the_same_request_gets_the_first_answer_again(ayu: Api, ticket: FakeTicket) -> None:
    first, second = ayu.book(0, **KEY), ayu.book(0, **KEY)
    assert second.status_code == 201
    assert second.json() == first.json()
    assert "Idempotent-Replay" not in first
    assert second["Idempotent-Replay"] == "true"
    assert len(ticket.calls("POST", "/api/v1/bookings")) == 1


def test_without_a_key_each_request_is_its_own(ayu: Api) -> None:
    assert ayu.book(0).json()["id"] != ayu.book(1).json()["id"]


def test_a_failure_is_an_answer_too(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("POST", "/api/v1/bookings", problem("organizer-declined", 502))
    first = assert_problem(ayu.book(0, **KEY), 502, "organizer-declined")
    second = assert_problem(ayu.book(0, **KEY), 502, "organizer-declined")
    assert second == first
    assert Booking.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(ayu: Api) -> None:
    ayu.book(0, **KEY)
    assert_problem(ayu.book(1, **KEY), 422, "idempotency-key-reused")
    assert_problem(ayu.post("/waitlist", {"seat_id": SEATS[0]}, **KEY), 422, "idempotency-key-reused")
    assert Booking.objects.count() == 1


def test_a_key_belongs_to_its_caller(ayu: Api, bima: Api) -> None:
    assert ayu.book(0, **KEY).json()["id"] != bima.book(1, **KEY).json()["id"]


def test_a_repeat_while_the_first_is_running_is_409(ayu: Api, ticket: FakeTicket) -> None:
    entered, release = threading.Event(), threading.Event()
    answers: list[int] = []

    def wait(seen: ReceivedRequest) -> Answer:
        entered.set()
        release.wait(5)
        return problem("organizer-declined", 502)

    def first() -> None:
        answers.append(ayu.book(0, **KEY).status_code)
        connection.close()

    ticket.script("POST", "/api/v1/bookings", wait)
    thread = threading.Thread(target=first)
    thread.start()
    assert entered.wait(stretched(5))
    assert_problem(ayu.book(0, **KEY), 409, "request-in-progress")
    release.set()
    thread.join(timeout=stretched(5))
    assert answers == [502]
    assert Booking.objects.count() == 1


def test_a_repeat_after_a_crash_finds_what_the_first_stored(ayu: Api, ticket: FakeTicket) -> None:
    """The process dies after ticket has answered and before the answer is stored."""
    booking_id = ayu.book(0, **KEY).json()["id"]
    Booking.objects.update(status="REQUESTED", version=0, next_check_at=timezone.now())
    long_ago = timezone.now() - timedelta(minutes=2)
    IdempotencyKey.objects.update(status_code=None, body=None, claimed_at=long_ago)
    response = ayu.book(0, **KEY)
    assert response.status_code == 201
    assert (response.json()["id"], response.json()["status"]) == (booking_id, "AWAITING_PAYMENT")
    assert len(ticket.calls("POST", "/api/v1/bookings")) == 1


def test_a_key_is_forgotten_after_a_day(ayu: Api) -> None:
    first = ayu.book(0, **KEY).json()
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    second = ayu.book(1, **KEY)
    assert second.status_code == 201
    assert second.json()["id"] != first["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel"])
def test_a_strange_key_is_refused(ayu: Api, key: str) -> None:
    assert_problem(ayu.book(0, **{"Idempotency-Key": key}), 422, "validation-error")
    assert not Booking.objects.exists()


def test_after_an_unexpected_error_a_repeat_finds_what_the_first_has_made(
    ayu: Api, ticket: FakeTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("client.edge.bookings.book.booking_of", lambda *_, **__: 1 / 0)
        assert_problem(ayu.book(0, **KEY), 500, "internal-error")
    response = ayu.book(0, **KEY)
    assert (response.status_code, response.json()["status"]) == (201, "AWAITING_PAYMENT")
    assert len(ticket.calls("POST", "/api/v1/bookings")) == Booking.objects.count() == 1


LOST = [Answer(0, drop=True), broken(500), problem("not-ready", 503)]


@pytest.mark.parametrize("lost", LOST, ids=["connection lost", "500", "503"])
def test_a_place_in_a_queue_whose_answer_was_lost_is_found_with_the_same_key(
    ayu: Api, ticket: FakeTicket, lost: Answer
) -> None:
    """Ticket has stored the entry and answers repeats with it, but its first answer is lost."""
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    first: list[Answer] = []

    def queue_and_lose(seen: ReceivedRequest) -> Answer:
        first.append(Answer(201, ticket.entry(seen.body["seat_id"], seen.body["customer"])))
        return lost

    ticket.script("POST", "/api/v1/waitlist", queue_and_lose, lambda seen: first[0])
    assert_problem(ayu.post("/waitlist", {"seat_id": SEATS[0]}, **KEY), 503, "ticket-unavailable")
    response = ayu.post("/waitlist", {"seat_id": SEATS[0]}, **KEY)
    assert (response.status_code, response.json()["status"]) == (201, "WAITING")
    keys = {seen.headers["idempotency-key"] for seen in ticket.calls("POST", "/api/v1/waitlist")}
    assert len(keys) == 1
    assert ayu.post("/waitlist", {"seat_id": SEATS[0]}, **KEY)["Idempotent-Replay"] == "true"


def test_that_ticket_is_still_at_it_is_not_a_final_answer(ayu: Api, staff: Api, ticket: FakeTicket) -> None:
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    for caller, path, body in [(ayu, "/waitlist", {"seat_id": SEATS[0]}), (staff, "/events", {"name": "Konser"})]:
        ticket.script("POST", f"/api/v1{path}", problem("request-in-progress", 409))
        assert_problem(caller.post(path, body, **KEY), 409, "request-in-progress")
        assert caller.post(path, body, **KEY).status_code == 201


def test_a_booking_without_tickets_answer_is_looked_up_with_the_same_key_and_never_asked_for_again(
    ayu: Api, ticket: FakeTicket
) -> None:
    ticket.script("POST", "/api/v1/bookings", Answer(0, drop=True))
    booking_id = assert_problem(ayu.book(0, **KEY), 503, "ticket-unavailable")["booking_id"]
    ticket.down = True
    assert assert_problem(ayu.book(0, **KEY), 503, "ticket-unavailable")["booking_id"] == booking_id
    ticket.down = False
    assert assert_problem(ayu.book(0, **KEY), 503, "ticket-unavailable")["booking_id"] == booking_id
    ticket.booking(booking_id, ayu.customer, SEATS[:1], status="HOLDING", version=1)
    assert assert_problem(ayu.book(0, **KEY), 409, "request-in-progress")["booking_id"] == booking_id
    ticket.booking(booking_id, ayu.customer, SEATS[:1])
    response = ayu.book(0, **KEY)
    assert (response.status_code, response.json()["id"], response.json()["status"]) == (
        201,
        booking_id,
        "AWAITING_PAYMENT",
    )
    assert len(ticket.calls("POST", "/api/v1/bookings")) == Booking.objects.count() == 1


@pytest.mark.parametrize(
    ("reason", "status", "type_"),
    [
        ("ORGANIZER_DECLINED", 502, "organizer-declined"),
        ("ORGANIZER_UNREACHABLE", 503, "organizer-unreachable"),
        ("INVOICE_UNAVAILABLE", 503, "payment-unavailable"),
        ("TICKET_UNAVAILABLE", 503, "ticket-unavailable"),
    ],
)
def test_a_repeat_tells_how_a_booking_without_an_answer_has_ended(
    ayu: Api, ticket: FakeTicket, reason: str, status: int, type_: str
) -> None:
    ticket.script("POST", "/api/v1/bookings", Answer(0, drop=True))
    booking_id = assert_problem(ayu.book(0, **KEY), 503, "ticket-unavailable")["booking_id"]
    Booking.objects.update(status="FAILED", failure_reason=reason, next_check_at=None)
    assert assert_problem(ayu.book(0, **KEY), status, type_)["booking_id"] == booking_id


def test_a_released_key_still_belongs_to_its_request(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("POST", "/api/v1/bookings", Answer(0, drop=True))
    assert_problem(ayu.book(0, **KEY), 503, "ticket-unavailable")
    assert_problem(ayu.book(1, **KEY), 422, "idempotency-key-reused")


def test_registration_and_every_other_creation_honour_it(
    anonymous: Api, staff: Api, ayu: Api, ticket: FakeTicket
) -> None:
    new = {"email": "dewi@example.com", "password": PASSWORD, "name": "Dewi"}
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    cases: list[tuple[Api, str, Any]] = [
        (anonymous, "/auth/register", new),
        (staff, "/users", new | {"email": "eka@example.com"}),
        (ayu, "/waitlist", {"seat_id": SEATS[0]}),
        (staff, "/events", {"name": "Konser"}),
        (staff, f"/events/{EVENT_ID}/seats", [{"section": "A"}]),
        (staff, "/organizers", {"slug": "y"}),
    ]
    for number, (caller, path, body) in enumerate(cases):
        key = {"Idempotency-Key": f"key-{number}"}
        first, second = caller.post(path, body, **key), caller.post(path, body, **key)
        assert (first.status_code, second.status_code) == (201, 201), path
        assert second.json() == first.json()
        assert second["Idempotent-Replay"] == "true"
    assert User.objects.filter(name="Dewi").count() == 2
    assert len(ticket.calls("POST", ".*")) == 4


def test_two_visitors_who_chose_the_same_key_do_not_meet(anonymous: Api) -> None:
    first = {"email": "dewi@example.com", "password": PASSWORD, "name": "Dewi"}
    second = {"email": "eka@example.com", "password": PASSWORD, "name": "Eka"}
    made = [anonymous.post("/auth/register", body, **KEY) for body in (first, second)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json()["id"] != made[1].json()["id"]
    guess = anonymous.post("/auth/register", first | {"password": "another-password-of-nobody"}, **KEY)
    assert_problem(guess, 409, "email-taken")


UNKNOWN_OUTCOMES = [
    problem("too-many-requests", 429), broken(502), broken(504), problem("busy", 503), broken(500),
    Answer(0, drop=True),
]  # fmt: skip


@pytest.mark.parametrize("unknown", UNKNOWN_OUTCOMES, ids=["429", "502", "504", "busy", "500", "no answer"])
def test_only_an_outcome_is_remembered(ayu: Api, staff: Api, ticket: FakeTicket, unknown: Answer) -> None:
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    for caller, path, body in [(ayu, "/waitlist", {"seat_id": SEATS[0]}), (staff, "/events", {"name": "Konser"})]:
        ticket.script("POST", f"/api/v1{path}", replace(unknown, broken=True))
        assert_problem(caller.post(path, body, **KEY), 503, "ticket-unavailable")
        answer = caller.post(path, body, **KEY)
        assert (answer.status_code, "Idempotent-Replay" in answer) == (201, False)
        assert len({seen.headers["idempotency-key"] for seen in ticket.calls("POST", f"/api/v1{path}")}) == 1


def test_a_limit_of_this_service_is_not_remembered(ayu: Api, setting: Any) -> None:
    setting(throttle_booking="1/h")
    ayu.book(1)
    assert_problem(ayu.book(0, **KEY), 429, "too-many-requests")
    setting(throttle_booking="100/h")
    assert ayu.book(0, **KEY).status_code == 201


def test_a_refusal_for_unpaid_seats_is_not_remembered(ayu: Api, ticket: FakeTicket) -> None:
    """The same request succeeds once some are paid, under the same id."""
    ticket.script("POST", "/api/v1/bookings", problem("too-many-unpaid-seats", 409, scope="address", limit=60))
    refused = assert_problem(ayu.book(0, **KEY), 409, "too-many-unpaid-seats")
    assert {name: refused[name] for name in ("limit", "unpaid", "scope")} == {
        "limit": 60, "unpaid": 20, "scope": "address",
    }  # fmt: skip
    assert not Booking.objects.exists()
    answer = ayu.book(0, **KEY)
    assert (answer.status_code, "Idempotent-Replay" in answer) == (201, False)
    first, second = ticket.calls("POST", "/api/v1/bookings")
    assert first.body["booking_id"] == second.body["booking_id"] == answer.json()["id"]


def test_an_unknown_kind_of_5xx_is_not_remembered() -> None:
    assert not is_final(Response({"type": "overloaded"}, status=503))
    assert not is_final(Response({"type": "anything"}, status=502))
    assert is_final(Response({"type": "organizer-unreachable"}, status=503))


@pytest.mark.parametrize("type_", ["organizer-declined", "organizer-unreachable", "payment-unavailable"])
def test_a_repeat_of_a_failed_booking_answers_as_the_first_did_also_without_its_stored_answer(
    ayu: Api, ticket: FakeTicket, type_: str
) -> None:
    status = 502 if type_ == "organizer-declined" else 503
    ticket.script("POST", "/api/v1/bookings", problem(type_, status))
    first = assert_problem(ayu.book(0, **KEY), status, type_)
    IdempotencyKey.objects.update(status_code=None, body=None, claimed_at=timezone.now() - timedelta(minutes=2))
    second = assert_problem(ayu.book(0, **KEY), status, type_)
    assert second["booking_id"] == first["booking_id"]
    assert len(ticket.calls("POST", "/api/v1/bookings")) == Booking.objects.count() == 1


def test_a_registration_whose_answer_was_lost_is_found_with_the_same_key(anonymous: Api) -> None:
    body = {"email": "dewi@example.com", "password": PASSWORD, "name": "Dewi"}
    first = anonymous.post("/auth/register", body, **KEY).json()
    IdempotencyKey.objects.update(status_code=None, body=None, claimed_at=timezone.now() - timedelta(minutes=2))
    second = anonymous.post("/auth/register", body, **KEY)
    assert (second.status_code, second.json()["id"]) == (201, first["id"])
    assert User.objects.count() == 1


def test_a_kept_key_does_not_hold_the_password_in_the_clear(anonymous: Api) -> None:
    anonymous.post("/auth/register", {"email": "d@example.com", "password": PASSWORD, "name": "D"}, **KEY)
    row = IdempotencyKey.objects.get()
    assert PASSWORD not in f"{row.fingerprint} {row.body}"


def test_old_keys_are_cleaned_away(ayu: Api) -> None:
    from client.worker.cleanup import delete_old_rows

    ayu.book(0, **KEY)
    delete_old_rows()
    assert IdempotencyKey.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        delete_old_rows()
    assert not IdempotencyKey.objects.exists()
