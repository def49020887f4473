"""The HTTP process sends the changes of a seat map to many viewers, and none of them costs the others anything."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from devstack.deadlines import stretched

from tests.api.conftest import SEATS, database_url
from tests.asked_server import is_up, metric, port_of
from tests.fake_ticket import EVENT_ID, Answer, FakeTicket
from tests.processes import HTTP, running, unused_port, wait_until
from tests.raw_http import connections, request

pytestmark = pytest.mark.timeout(120)

VIEWERS = 60
LATE = 1.5
MAP = f"/api/v1/events/{EVENT_ID}/seat-map"
WATCH = request("GET", f"{MAP}/changes")


@contextmanager
def process(log: Path) -> Iterator[httpx.Client]:
    """Runs the HTTP process, one worker, in which a response has little time."""
    port = unused_port()
    settings = {
        "DATABASE_URL": database_url(), "PORT": str(port), "WEB_WORKERS": "1", "LOG_LEVEL": "INFO",
        "MAP_VIEWERS_PER_ADDRESS": str(VIEWERS), "RESPONSE_SECONDS": f"{stretched(LATE):.1f}",
    }  # fmt: skip
    with (
        running(HTTP, log, **settings),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=stretched(30)) as http,
    ):
        wait_until(lambda: is_up(http))
        yield http


@pytest.fixture(scope="module")
def server(database_server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    log = tmp_path_factory.mktemp("viewers") / "log"
    with process(log) as http:
        yield http
    assert "Traceback" not in log.read_text(), log.read_text()[-5000:]


def viewers(server: httpx.Client) -> float:
    return metric(server, "client_map_viewers")


def ended_for(server: httpx.Client, reason: str) -> float:
    return metric(server, f'client_connections_ended_total{{reason="{reason}"}}')


def read_until(connection: socket.socket, wanted: bytes) -> bytes:
    """Returns what the other side has sent, up to what is wanted."""
    found = b""
    while wanted not in found:
        piece = connection.recv(65536)
        assert piece, f"the connection was closed after {found[-500:]!r}"
        found += piece
    return found


def test_a_change_reaches_many_viewers_by_one_look_a_second(server: httpx.Client, ticket: FakeTicket) -> None:
    with connections(port_of(server), VIEWERS) as callers:
        for caller in callers:
            caller.sendall(WATCH)
            assert b'"states":"' + 12 * b"o" in read_until(caller, b"ON_SALE")
        assert viewers(server) == VIEWERS
        looks = len(ticket.calls("GET", MAP))
        ticket.seats[SEATS[3]]["status"] = "ON_GOING"
        for caller in callers:
            read_until(caller, b'event: changes\ndata: {"g":[3]}\n\n')
        # Each of them would have looked for itself.
        assert len(ticket.calls("GET", MAP)) - looks < VIEWERS / 2
        assert len(ticket.calls("GET", f"/api/v1/events/{EVENT_ID}")) < VIEWERS / 2
        for answer in (server.get("/healthz"), server.get(MAP), server.get("/api/v1/events")):
            assert answer.status_code == 200
        one_more = server.get(f"{MAP}/changes?seconds=0")
        assert (one_more.status_code, one_more.json()["type"]) == (503, "busy")
    wait_until(lambda: viewers(server) == 0)
    assert server.get(f"{MAP}/changes?seconds=0").status_code == 200


def test_a_viewer_stays_longer_than_a_response_may_take(server: httpx.Client, ticket: FakeTicket) -> None:
    with connections(port_of(server), 1) as (caller,):
        caller.sendall(WATCH)
        read_until(caller, b"ON_SALE")
        # A sign of life comes after five seconds without a change; a response that is not read may take 1.5.
        read_until(caller, b"event: alive\n")
        ticket.seats[SEATS[5]]["status"] = "BOOKED"
        read_until(caller, b'{"b":[5]}')


def test_a_viewer_who_reads_nothing_is_dropped(server: httpx.Client, ticket: FakeTicket) -> None:
    before = ended_for(server, "slow response")
    hall: dict[str, Any] = {"layout": "0123456789abcdef", "prices": [], "sections": [], "states": "o" * 6_000_000}
    whole = Answer(200, hall, headers={"ETag": '"1"'}, broken=True)
    wait_until(lambda: viewers(server) == 0)
    ticket.script("GET", MAP, *[whole] * 100)
    with socket.socket() as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        caller.settimeout(stretched(30))
        caller.connect(("127.0.0.1", port_of(server)))
        caller.sendall(WATCH)
        wait_until(lambda: ended_for(server, "slow response") == before + 1)
        wait_until(lambda: viewers(server) == 0)
    ticket.scripted.clear()


def test_a_process_that_ends_lets_its_viewers_go(database_server: None, tmp_path: Path, ticket: FakeTicket) -> None:
    log = tmp_path / "log"
    with socket.socket() as caller:
        caller.settimeout(stretched(60))
        with process(log) as http:
            caller.connect(("127.0.0.1", port_of(http)))
            caller.sendall(WATCH)
            read_until(caller, b"ON_SALE")
        # The last chunk: the answer is whole.
        read_until(caller, b"0\r\n\r\n")
    events = [json.loads(line).get("event", "") for line in log.read_text().splitlines() if line.startswith("{")]
    assert not any("graceful timeout" in event for event in events), log.read_text()[-3000:]
