"""The HTTP process serves everybody else while some callers wait, send slowly or do not read."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from devstack.contract_answers import api_of
from devstack.deadlines import stretched
from django.db import connection, transaction
from standardwebhooks import Webhook

from tests.api.conftest import SEATS, Api, database_url
from tests.asked_server import is_up, metric, port_of
from tests.conftest import WEBHOOK_SECRETS
from tests.fake_ticket import EVENT_ID, Answer, FakeTicket, ReceivedRequest, problem
from tests.processes import HTTP, running, unused_port, wait_until
from tests.raw_http import connections, received, request, response

pytestmark = pytest.mark.timeout(120)

CALLERS, PLACES = 90, 80
"""So many book at an organizer that hangs; the lane has so many places, and one organizer half of them."""
HALF_HEADER = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half:"
LATE = 1.5


@pytest.fixture(scope="module")
def server(database_server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The HTTP process, one worker, with short deadlines for what comes over sockets."""
    port, log = unused_port(), tmp_path_factory.mktemp("server") / "log"
    settings = {
        "DATABASE_URL": database_url(), "PORT": str(port), "WEB_WORKERS": "1", "TICKET_CHANGE_SECONDS": "9",
        "LANE_BOOKINGS": str(PLACES), "CONNECTIONS_PER_ADDRESS": "150", "LOG_LEVEL": "INFO",
        "HEADER_SECONDS": f"{stretched(LATE):.1f}", "BODY_SECONDS": f"{stretched(LATE):.1f}",
        "RESPONSE_SECONDS": f"{stretched(LATE):.1f}",
    }  # fmt: skip
    with (
        running(HTTP, log, **settings),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=stretched(30)) as http,
    ):
        wait_until(lambda: is_up(http))
        yield http
    assert "Traceback" not in log.read_text(), log.read_text()[-5000:]


def signed_webhook(data: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"type": "booking.updated", "timestamp": "2026-11-23T10:00:00Z", "data": data})
    now, message_id = datetime.now(UTC), f"msg_{uuid4().hex}"
    signature = Webhook(WEBHOOK_SECRETS[0]).sign(message_id, now, body)
    return body.encode(), {
        "webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature,
        "Content-Type": "application/json",
    }  # fmt: skip


def refused_after(released: Event) -> Callable[[ReceivedRequest], Answer]:
    """Makes an answer of ticket that takes until `released` is set."""

    def hang(seen: ReceivedRequest) -> Answer:
        released.wait(30)
        return problem("event-not-found", 404)

    return hang


def test_bookings_at_an_organizer_that_hangs_stop_nobody_else(
    server: httpx.Client, ayu: Api, ticket: FakeTicket
) -> None:
    released, signed_in = Event(), {"Authorization": f"Bearer {ayu.access}"}
    booking = ticket.booking(str(uuid4()), ayu.customer, SEATS[2:3])
    ticket.script("POST", "/api/v1/bookings", *[refused_after(released)] * (PLACES // 2))
    wanted = request("POST", "/api/v1/bookings", {"event_id": str(uuid4()), "seat_ids": [SEATS[0]]}, **signed_in)
    with connections(port_of(server), CALLERS) as callers:
        for caller in callers:
            caller.sendall(wanted)
        wait_until(lambda: len(ticket.calls("POST", "/api/v1/bookings")) == PLACES // 2)
        wait_until(lambda: metric(server, 'client_lane_refused_total{lane="bookings"}') == CALLERS - PLACES // 2)
        assert metric(server, 'client_lane_requests{lane="bookings"}') == PLACES // 2
        body, headers = signed_webhook(booking | {"status": "BOOKED", "version": 3})
        for answer in [
            server.get("/healthz"), server.get("/readyz"), server.get("/api/v1/events"),
            server.get("/api/v1/users/me", headers=signed_in), server.get("/api/v1/bookings", headers=signed_in),
            server.post("/webhooks/ticket", content=body, headers=headers),
        ]:  # fmt: skip
            assert answer.status_code == 200, answer.text
        wanted_elsewhere = {"event_id": EVENT_ID, "seat_ids": [SEATS[1]]}
        elsewhere = server.post("/api/v1/bookings", json=wanted_elsewhere, headers=signed_in)
        assert elsewhere.status_code == 201, elsewhere.text
        assert metric(server, 'client_lane_requests{lane="bookings"}') == PLACES // 2, "nobody's wait has ended yet"
        assert _database_connections() <= 20
        released.set()
        answers = [response(caller) for caller in callers]
    refused = [(status, head) for status, head, body in answers if json.loads(body)["type"] == "busy"]
    assert len(refused) == CALLERS - PLACES // 2
    assert all(status == 503 and b"Retry-After: 1" in head for status, head in refused)
    others = [json.loads(body)["type"] for _, _, body in answers if json.loads(body)["type"] != "busy"]
    assert others == ["event-not-found"] * (PLACES // 2)


def test_a_full_lane_refuses_bookings_at_once_and_keeps_the_connection(
    server: httpx.Client, ayu: Api, ticket: FakeTicket
) -> None:
    released, signed_in = Event(), {"Authorization": f"Bearer {ayu.access}"}
    ticket.script("POST", "/api/v1/bookings", *[refused_after(released)] * PLACES)
    with connections(port_of(server), PLACES + 1) as (another, *callers):
        for number, caller in enumerate(callers):
            body = {"event_id": str(UUID(int=1 + number % 2)), "seat_ids": [SEATS[0]]}
            caller.sendall(request("POST", "/api/v1/bookings", body, **signed_in))
        wait_until(lambda: len(ticket.calls("POST", "/api/v1/bookings")) == PLACES)
        another.sendall(request("POST", "/api/v1/bookings", {"event_id": str(uuid4())}, **signed_in))
        status, head, document = response(another)
        assert (status, json.loads(document)["type"]) == (503, "busy")
        assert b"Retry-After: 1" in head
        another.sendall(request("GET", "/healthz"))
        assert response(another)[0] == 200
        released.set()
        assert [json.loads(response(caller)[2])["type"] for caller in callers] == ["event-not-found"] * PLACES


def test_the_crowd_of_one_organizer_is_refused_before_django_and_nobody_else_is(
    server: httpx.Client, ayu: Api, ticket: FakeTicket
) -> None:
    released, signed_in = Event(), {"Authorization": f"Bearer {ayu.access}"}
    ticket.script("POST", "/api/v1/bookings", *[refused_after(released)] * (PLACES // 2))
    wanted = request("POST", "/api/v1/bookings", {"event_id": str(UUID(int=3)), "seat_ids": [SEATS[0]]}, **signed_in)
    with connections(port_of(server), PLACES // 2 + 1) as (another, *callers):
        for caller in callers:
            caller.sendall(wanted)
        wait_until(lambda: len(ticket.calls("POST", "/api/v1/bookings")) == PLACES // 2)
        seen_by_django = _requests_to_book(server)
        for _ in range(3):
            another.sendall(wanted.replace(b"\r\n", b"\r\nX-Request-ID: mine\r\n", 1))
            status, head, document = response(another)
            problem = json.loads(document)
            assert (status, problem["type"], problem["request_id"]) == (503, "busy", "mine")
            assert (problem["instance"], b"X-Request-ID: mine" in head) == ("/api/v1/bookings", True)
        assert _requests_to_book(server) == seen_by_django
        another.sendall(
            request("POST", "/api/v1/bookings", {"event_id": EVENT_ID, "seat_ids": [SEATS[1]]}, **signed_in)
        )
        assert response(another)[0] == 201
        released.set()
        assert [response(caller)[0] for caller in callers] == [404] * (PLACES // 2)
    assert len(ticket.calls("POST", "/api/v1/bookings")) == PLACES // 2 + 1, "what is refused is not passed on"


def _requests_to_book(server: httpx.Client) -> float:
    """Returns how many requests for bookings Django has answered."""
    lines = re.findall(r'^client_http_requests_total\{method="POST",route="api/v1/bookings".*\} (\S+)$',
                       server.get("/metrics").text, re.MULTILINE)  # fmt: skip
    return sum(map(float, lines))


def test_reads_that_wait_for_the_database_stop_no_other_kind_of_request_and_are_ended(
    server: httpx.Client, ayu: Api, ticket: FakeTicket
) -> None:
    """More of them than their lane has connections."""
    signed_in = {"Authorization": f"Bearer {ayu.access}"}
    with transaction.atomic(), connections(port_of(server), 6) as callers:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE accounts_user IN ACCESS EXCLUSIVE MODE")
        for caller in callers:
            caller.sendall(request("GET", "/api/v1/notifications", **signed_in))
        wait_until(lambda: metric(server, 'client_lane_requests{lane="reads"}') == 6)
        for path in ("/healthz", "/readyz", "/api/v1/events"):
            assert server.get(path).status_code == 200
        answers = [response(caller) for caller in callers]
    assert [status for status, _, _ in answers] == [503] * 6
    assert {json.loads(body)["type"] for _, _, body in answers} == {"not-ready"}


def _database_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        count: int = cursor.fetchone()[0]
        return count


def test_half_sent_headers_stop_nobody_and_are_ended(server: httpx.Client, ticket: FakeTicket) -> None:
    with connections(port_of(server), 64) as slow:
        for each in slow:
            each.sendall(HALF_HEADER)
        assert [server.get(path).status_code for path in ("/healthz", "/readyz", "/api/v1/events")] == [200] * 3
        # None of them has been ended so far: the answers did not wait for that.
        assert metric(server, 'client_connections_ended_total{reason="slow header"}') == 0
        assert [received(each) for each in slow] == [b""] * 64
    assert metric(server, 'client_connections_ended_total{reason="slow header"}') == 64


def test_a_body_that_drips_is_ended_with_408(server: httpx.Client) -> None:
    with connections(port_of(server), 1) as (slow,):
        slow.sendall(request("POST", "/api/v1/auth/token", **{"Content-Length": "1000"}))
        Thread(target=_drip, args=(slow,), daemon=True).start()
        head, _, document = received(slow).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout")
    assert b"Connection: close" in head
    assert json.loads(document)["type"] == "request-timeout"


def _drip(slow: socket.socket) -> None:
    with suppress(OSError):
        while True:
            slow.sendall(b" ")
            time.sleep(0.05)


def test_a_body_that_was_announced_is_asked_for_once(server: httpx.Client) -> None:
    with connections(port_of(server), 1) as (one,):
        body = b'{"email": "x", "password": "y"}'
        head = request("POST", "/api/v1/auth/token", **{"Content-Length": str(len(body)), "Expect": "100-continue"})
        one.sendall(head)
        assert one.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.sendall(body)
        assert response(one)[0] in (401, 422)


def test_a_response_that_nobody_reads_is_ended(server: httpx.Client) -> None:
    large = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", port_of(server)))
        # More than the kernel keeps for a connection.
        deaf.sendall(request("GET", large) * 8)
        wait_until(lambda: metric(server, 'client_connections_ended_total{reason="slow response"}') == 1)


def test_one_address_has_so_many_connections_and_no_more(server: httpx.Client) -> None:
    with connections(port_of(server), 160) as many:
        last = many[-1]
        answer = received(last)
        assert answer.startswith(b"HTTP/1.1 503"), answer
        assert b"Retry-After" in answer
        assert server.get("/healthz").status_code == 200, "a connection that is open stays"
    wait_until(lambda: is_up(server))
    assert metric(server, 'client_connections_ended_total{reason="too many of one address"}') >= 10


def test_a_long_query_is_answered_by_a_problem_document(server: httpx.Client) -> None:
    answer = server.get(f"/api/v1/waitlist?cursor={'%C2%97' * 1300}")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_a_query_that_is_too_long_is_answered_by_a_problem_document(server: httpx.Client) -> None:
    answer = server.get(f"/api/v1/waitlist?cursor={'%F1%B7%BA%AE' * 1000}")
    assert (answer.status_code, answer.headers["content-type"]) == (414, "application/problem+json")
    found = api_of("client").answer_mismatches("GET", "/api/v1/waitlist", status=414, body=answer.json())
    assert (answer.json()["type"], found) == ("uri-too-long", [])


def test_methods_that_callers_invent_do_not_enlarge_the_metrics(server: httpx.Client) -> None:
    server.request("BREW", "/api/v1/events")
    before = len(server.get("/metrics").text.splitlines())
    with connections(port_of(server), 1) as (one,):
        for number in range(600):
            one.sendall(request(f"BREW{number}", "/api/v1/events"))
            assert response(one)[0] == 401
    assert len(server.get("/metrics").text.splitlines()) <= before + 5
