"""Callers are answered in time, whatever ticket does (contracts/README.md: 4 seconds to read, 9 to change)."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from devstack.deadlines import Deadline, stretched
from django.db import connection

from client.bookings.models import Booking
from client.domain.errors import TicketUnavailableError
from client.outgoing.deadline import seconds_left, within
from client.outgoing.download import DownloadError, download
from client.ticket_api.http import ticket_connections
from client.ticket_api.reachability import reachability
from tests.api.conftest import SEATS, Api, assert_problem
from tests.fake_ticket import EVENT_ID, PDF, Answer, FakeTicket, ReceivedRequest, broken, problem
from tests.processes import unused_port
from tests.slow_servers import HEAD, dripping, paused

Setting = Callable[..., None]
Server = Callable[[], AbstractContextManager[str]]
READ, CHANGE = 0.4, 0.8
LONGER_THAN_A_TEST = 600.0
SLACK = 3.0
"""For everything else in a call. Without a deadline each of these calls would take far longer."""


@contextmanager
def closed_port() -> Iterator[str]:
    """Gives the address of a port on which nobody listens."""
    yield f"http://127.0.0.1:{unused_port()}"


UNRESPONSIVE: dict[str, Server] = {
    "paused": paused,
    "stopped": closed_port,
    "dripping body": lambda: dripping(HEAD, drip=b" "),
    "dripping head": lambda: dripping(b"HTTP/1.1 200 OK\r\nX-Pad: ", drip=b"x"),
    "endless informational answers": lambda: dripping(b"", drip=b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.fixture(autouse=True)
def short_deadlines(setting: Setting) -> None:
    setting(ticket_read_seconds=READ, ticket_change_seconds=CHANGE)


@pytest.fixture
def move_ticket(setting: Setting) -> Iterator[Callable[[str], None]]:
    """Moves ticket to another address."""

    def move(address: str) -> None:
        setting(ticket_url=address)
        ticket_connections.cache_clear()

    yield move
    ticket_connections.cache_clear()


@pytest.fixture(params=UNRESPONSIVE)
def unresponsive_server(request: pytest.FixtureRequest) -> Server:
    return UNRESPONSIVE[request.param]


@contextmanager
def takes_at_most(seconds: float) -> Iterator[None]:
    deadline = Deadline(seconds + SLACK)
    yield
    assert not deadline.is_over()


def test_a_booking_is_answered_in_time_and_names_what_is_stored(
    ayu: Api, move_ticket: Callable[[str], None], unresponsive_server: Server
) -> None:
    with unresponsive_server() as address:
        move_ticket(address)
        with takes_at_most(CHANGE):
            document = assert_problem(ayu.book(0), 503, "ticket-unavailable")
    booking = Booking.objects.get()
    assert (str(booking.id), booking.status) == (document["booking_id"], "REQUESTED")
    assert ayu.get("/bookings").json()["items"][0]["id"] == document["booking_id"]


CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/events", None), ("GET", f"/events/{EVENT_ID}", None), ("GET", f"/events/{EVENT_ID}/seats", None),
    ("POST", "/bookings/{booking}/refresh", None), ("GET", "/bookings/{booking}/ticket", None),
    ("POST", "/bookings/{booking}/cancel", None),
    ("GET", "/waitlist", None), ("POST", "/waitlist", {"seat_id": SEATS[0]}), ("GET", f"/waitlist/{uuid4()}", None),
    ("DELETE", f"/waitlist/{uuid4()}", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "whole"),
    [("GET", "/waitlist", "read_request_seconds"), ("POST", "/bookings/{booking}/cancel", "request_seconds")],
)
def test_a_request_as_a_whole_ends_in_time_whatever_its_calls_may_take(
    ayu: Api, move_ticket: Callable[[str], None], setting: Setting, method: str, path: str, whole: str
) -> None:
    booking_id = ayu.book(0).json()["id"]
    setting(ticket_read_seconds=60, ticket_change_seconds=60, read_request_seconds=60, request_seconds=60)
    setting(**{whole: CHANGE})
    with paused() as address, takes_at_most(CHANGE):
        move_ticket(address)
        assert_problem(ayu.call(method, path.format(booking=booking_id)), 503, "ticket-unavailable")


@pytest.mark.parametrize("kind", ["paused", "dripping body"])
@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS])
def test_every_call_that_needs_ticket_is_answered_in_time(
    ayu: Api, move_ticket: Callable[[str], None], setting: Setting, kind: str, method: str, path: str, body: Any
) -> None:
    booking_id = ayu.book(0).json()["id"]
    reads = method == "GET" or path.endswith("refresh")
    # The deadline of the other kind of call must have no effect.
    setting(**{"ticket_change_seconds" if reads else "ticket_read_seconds": 60})
    with UNRESPONSIVE[kind]() as address:
        move_ticket(address)
        with takes_at_most(READ if reads else CHANGE):
            assert_problem(ayu.call(method, path.format(booking=booking_id), body), 503, "ticket-unavailable")


def test_what_does_not_need_ticket_is_answered_as_ever(
    ayu: Api, move_ticket: Callable[[str], None], unresponsive_server: Server
) -> None:
    booking_id = ayu.book(0).json()["id"]
    with unresponsive_server() as address:
        move_ticket(address)
        for path in ("/bookings", f"/bookings/{booking_id}", "/notifications", "/users/me"):
            assert ayu.get(path).status_code == 200
        with takes_at_most(READ):
            timeline = ayu.get(f"/bookings/{booking_id}/timeline").json()
    assert timeline["note"]
    assert {step["action"] for step in timeline["items"]} == {"requested", "mirrored", "notified"}


@pytest.mark.parametrize(("whole", "look_up"), [(CHANGE, 60.0), (60.0, READ)], ids=["whole request", "look-up"])
def test_the_look_up_of_names_does_not_make_a_refusal_wait(
    ayu: Api, ticket: FakeTicket, setting: Setting, move_ticket: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch, whole: float, look_up: float,
) -> None:  # fmt: skip
    """Ticket refuses, and then does not answer when it is asked for the names of the seats."""
    setting(ticket_read_seconds=60, ticket_change_seconds=whole)
    monkeypatch.setattr("client.bookings.describe.LOOK_UP_SECONDS", look_up)
    with dripping(HEAD, drip=b" ") as address:

        def refuse_and_slow_down(seen: ReceivedRequest) -> Answer:
            move_ticket(address)
            return problem("seat-unavailable", 409)

        ticket.script("POST", "/api/v1/bookings", refuse_and_slow_down)
        with takes_at_most(CHANGE):
            assert_problem(ayu.book(*range(10)), 409, "seat-unavailable")
    assert Booking.objects.get().failure_reason == "SEAT_UNAVAILABLE"


def test_what_is_learnt_before_the_deadline_is_kept(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("POST", "/api/v1/bookings", problem("seat-unavailable", 409))
    ticket.script("GET", f"/api/v1/events/{EVENT_ID}/seats/{SEATS[1]}", broken(500))
    assert_problem(ayu.book(0, 1), 409, "seat-unavailable")
    booking = Booking.objects.get()
    assert booking.event["name"] == "Malam Gamelan"
    assert [seat.get("section") for seat in booking.seats] == ["Balkon", None]


def test_a_read_over_a_broken_connection_is_repeated_once(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("GET", "/api/v1/events", Answer(0, drop=True))
    assert ayu.get("/events").status_code == 200
    assert len(ticket.calls("GET", "/api/v1/events")) == 2
    ticket.script("GET", "/api/v1/waitlist", *[Answer(0, drop=True)] * 2)
    assert_problem(ayu.get("/waitlist"), 503, "ticket-unavailable")
    assert len(ticket.calls("GET", "/api/v1/waitlist")) == 2


@pytest.mark.parametrize(("method", "path", "body"), [("POST", "/waitlist", {"seat_id": SEATS[0]})])
def test_a_change_over_a_broken_connection_is_not_repeated(
    ayu: Api, ticket: FakeTicket, method: str, path: str, body: Any
) -> None:
    ticket.script(method, f"/api/v1{path}", Answer(0, drop=True))
    assert_problem(ayu.call(method, path, body), 503, "ticket-unavailable")
    assert len(ticket.calls(method, f"/api/v1{path}")) == 1


def test_a_read_that_was_too_slow_is_not_repeated(ayu: Api, ticket: FakeTicket) -> None:
    def too_late(seen: ReceivedRequest) -> Answer:
        time.sleep(READ + 0.3)
        return Answer(200, {"items": [], "next_cursor": None})

    ticket.script("GET", "/api/v1/waitlist", too_late, too_late)
    assert_problem(ayu.get("/waitlist"), 503, "ticket-unavailable")
    assert len(ticket.calls("GET", "/api/v1/waitlist")) == 1


def test_a_longer_deadline_inside_does_not_extend_the_outer_one(
    ayu: Api, move_ticket: Callable[[str], None], setting: Setting
) -> None:
    setting(ticket_read_seconds=60)
    with dripping(HEAD, drip=b" ") as address, within(READ), takes_at_most(READ):
        move_ticket(address)
        assert_problem(ayu.get("/waitlist"), 503, "ticket-unavailable")


@pytest.mark.parametrize(("call", "method", "path"), [
    ("cancel_booking", "POST", "/bookings/{booking}/cancel"), ("leave_waitlist", "DELETE", "/waitlist/{entry}"),
])  # fmt: skip
def test_a_change_that_needs_a_look_up_first_has_one_deadline_for_both(
    ayu: Api, ticket: FakeTicket, monkeypatch: pytest.MonkeyPatch, call: str, method: str, path: str
) -> None:
    ids = {"booking": ayu.book(0).json()["id"], "entry": ticket.entry(SEATS[0], ayu.customer)["id"]}
    left: list[float | None] = []

    def record_seconds_left(*args: object, **options: object) -> None:
        left.append(seconds_left())
        raise TicketUnavailableError

    monkeypatch.setattr(f"client.ticket_api.calls.{call}", record_seconds_left)
    assert_problem(ayu.call(method, path.format(**ids)), 503, "ticket-unavailable")
    assert left[0] is not None
    assert left[0] < CHANGE


def test_of_many_who_read_from_an_unreachable_ticket_none_waits_for_the_others(
    ayu: Api, move_ticket: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    callers, statuses = 8, []
    start = Barrier(callers)
    monkeypatch.setattr(reachability, "pause", 60)

    def look() -> None:
        start.wait()
        statuses.append(ayu.get("/events").status_code)
        connection.close()

    with paused() as address:
        move_ticket(address)
        threads = [Thread(target=look) for _ in range(callers)]
        with takes_at_most(2 * READ):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=stretched(60))
        with takes_at_most(0):
            for path in [f"/events/{EVENT_ID}", f"/events/{EVENT_ID}/seats", "/waitlist"] * 5:
                assert_problem(ayu.get(path), 503, "ticket-unavailable")
    assert statuses == [503] * callers


def test_any_answer_of_ticket_makes_it_reachable_again(
    ayu: Api, ticket: FakeTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reachability, "pause", 60)
    ticket.down = True
    assert_problem(ayu.get("/events"), 503, "ticket-unavailable")
    ticket.down = False
    assert_problem(ayu.get("/events"), 503, "ticket-unavailable")
    assert len(ticket.calls("GET", "/api/v1/events")) == 2
    assert ayu.book(0).status_code == 201, "what changes something is always asked for"
    assert ayu.get("/events").status_code == 200


@pytest.mark.parametrize("slow", ["paused", "dripping body", "dripping head"])
def test_a_document_is_fetched_in_time_or_not_at_all(slow: str) -> None:
    # Since the other goes on, it was its deadline that has ended this one, however slow the machine is.
    with ThreadPoolExecutor(2) as pool, UNRESPONSIVE[slow]() as address:
        fetch = partial(download, f"{address}/x.pdf", headers={}, limit=1_000_000)
        patient = pool.submit(fetch, seconds=LONGER_THAN_A_TEST)
        with pytest.raises(DownloadError):
            pool.submit(fetch, seconds=READ).result(stretched(10))
        assert not patient.done()


def test_a_document_is_read_up_to_its_limit_only(ticket: FakeTicket) -> None:
    assert download(f"{ticket.url}/files/x.pdf", headers={}, seconds=10, limit=len(PDF)) == PDF
    with pytest.raises(DownloadError, match="more than"):
        download(f"{ticket.url}/files/x.pdf", headers={}, seconds=10, limit=len(PDF) - 1)
    with pytest.raises(DownloadError):
        download("http://[half", headers={}, seconds=10, limit=1)
