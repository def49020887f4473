"""Whatever ticket answers, a call costs a bounded amount of memory, and a change is never taken for a failed one."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from client.bookings.models import Booking
from client.ticket_api.http import MOST_BYTES, MOST_BYTES_OF_LIST, ticket_connections
from tests.api.conftest import SEATS, Api, assert_problem
from tests.fake_ticket import EVENT_ID, NOW, FakeTicket, broken

Setting = Callable[..., None]
MEGABYTE = b" " * 2**20
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/events", None), ("GET", f"/events/{EVENT_ID}", None), ("GET", f"/events/{EVENT_ID}/seats", None),
    ("GET", f"/events/{EVENT_ID}/seat-map", None), ("GET", f"/events/{EVENT_ID}/best-seats?count=2", None),
    ("GET", "/waitlist", None), ("POST", "/waitlist", {"seat_id": SEATS[0]}),
    ("POST", "/bookings", {"event_id": EVENT_ID, "seat_ids": [SEATS[0]]}),
]  # fmt: skip


@dataclass
class Flood:
    """A server that answers every request with a head and then one piece again and again."""

    head: bytes
    piece: bytes
    url: str = ""
    sent: int = 0

    def serve(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self.answer, args=(server.accept()[0],), daemon=True).start()

    def answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(self.head)
            while self.sent < 64 * len(MEGABYTE):
                connection.sendall(self.piece)
                self.sent += len(self.piece)


@pytest.fixture
def flooded(setting: Setting) -> Iterator[Callable[..., Any]]:
    @contextmanager
    def flooded(head: bytes, piece: bytes = MEGABYTE) -> Iterator[Flood]:
        flood = Flood(head + b"\r\n", piece)
        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=flood.serve, args=(server,), daemon=True).start()
            setting(ticket_url=f"http://127.0.0.1:{server.getsockname()[1]}")
            ticket_connections.cache_clear()
            yield flood
            server.shutdown(socket.SHUT_RDWR)

    yield flooded
    ticket_connections.cache_clear()


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS])
def test_an_endless_answer_is_read_up_to_a_limit_and_its_outcome_is_unknown(
    ayu: Api, flooded: Callable[..., Any], method: str, path: str, body: Any
) -> None:
    with flooded(HEAD) as flood:
        assert_problem(ayu.call(method, path, body), 503, "ticket-unavailable")
        # The kernel keeps a few MB of what nobody has read.
        assert flood.sent < 3 * MOST_BYTES_OF_LIST
    assert {booking.status for booking in Booking.objects.all()} <= {"REQUESTED"}


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS])
def test_a_compressed_answer_is_refused_and_not_expanded(
    ayu: Api, flooded: Callable[..., Any], method: str, path: str, body: Any
) -> None:
    bomb = gzip.compress(json.dumps({"items": [], "next_cursor": None}).encode() + MEGABYTE)
    with flooded(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(bomb), bomb):
        assert_problem(ayu.call(method, path, body), 503, "ticket-unavailable")
    assert {booking.status for booking in Booking.objects.all()} <= {"REQUESTED"}


def test_an_answer_that_is_called_compressed_is_not_read(ayu: Api, flooded: Callable[..., Any]) -> None:
    """Even if its bytes could be read as they are."""
    plain = json.dumps({"items": [], "next_cursor": None}).encode()
    with flooded(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(plain), plain):
        assert_problem(ayu.get("/events"), 503, "ticket-unavailable")


def test_an_answer_that_is_too_long_does_not_make_ticket_unreachable(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("GET", f"/api/v1/events/{EVENT_ID}", broken(200, {"x": "y" * MOST_BYTES}))
    assert_problem(ayu.get(f"/events/{EVENT_ID}"), 503, "ticket-unavailable")
    assert ayu.get("/events").status_code == 200


def test_client_asks_for_answers_that_are_not_compressed(ayu: Api, ticket: FakeTicket) -> None:
    ayu.get("/events")
    assert [seen.headers["accept-encoding"] for seen in ticket.requests] == ["identity"]


def test_the_longest_lists_and_the_longest_single_answers_are_read(ticket: FakeTicket) -> None:
    longest = "𝒩"
    seat = {**next(iter(ticket.seats.values())), "section": longest * 60, "row": longest * 10, "price": 10**12}
    event = {
        **ticket.event, "name": longest * 200, "venue": longest * 200, "description": longest * 5000,
        "organizer": {"slug": "x" * 60, "name": longest * 200}, "updated_at": NOW,
    }  # fmt: skip

    def size(items: list[Any]) -> int:
        return len(json.dumps({"items": items, "next_cursor": "x" * 600}, ensure_ascii=False).encode())

    assert size([seat] * 5000) < MOST_BYTES_OF_LIST
    assert size([event] * 200) < MOST_BYTES_OF_LIST
    assert size([event]) < MOST_BYTES
