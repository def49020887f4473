"""The proxy that makes the network faulty does what its faults say, and changes nothing that passes."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from devstack.ports import HOST
from tests.support.fault_proxy import Fault, FaultProxy, Link, Pace

PATIENCE_SECONDS = 20
QUIET_SECONDS = 0.3
"""How long a test looks for bytes that must not come."""
PACE = Pace(delay_seconds=0.2, byte_seconds=0.1)


class Echo(socketserver.ThreadingTCPServer):
    """Sends back what it receives, and keeps it. Its end waits for all its threads, which close their sockets."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        super().__init__((HOST, 0), _Handler)


class _Handler(socketserver.BaseRequestHandler):
    server: Echo

    def handle(self) -> None:
        while piece := self._read():
            self.server.received.append(piece)
            with suppress(ConnectionError):
                self.request.sendall(piece)

    def _read(self) -> bytes:
        try:
            received: bytes = self.request.recv(65536)
        except ConnectionError:
            return b""
        return received


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def link(echo: Echo) -> Iterator[Link]:
    with FaultProxy(PACE) as proxy:
        yield proxy.link(echo.server_address[1])


@contextmanager
def connection(link: Link) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, link.port), PATIENCE_SECONDS) as opened:
        yield opened


def received(from_: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count and (piece := from_.recv(count - len(found))):
        found += piece
    return found


def nothing_comes(to: socket.socket) -> bool:
    to.settimeout(QUIET_SECONDS)
    try:
        return to.recv(1) is None
    except TimeoutError:
        return True
    finally:
        to.settimeout(PATIENCE_SECONDS)


def test_a_whole_link_passes_every_byte_both_ways(link: Link) -> None:
    message = bytes(range(256)) * 4096
    with connection(link) as caller:
        sender = threading.Thread(target=caller.sendall, args=(message,))
        sender.start()
        assert received(caller, len(message)) == message
        sender.join()
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(1) == b""


def test_a_delayed_piece_comes_late_and_unchanged(link: Link) -> None:
    with connection(link) as caller, link.faulty(Fault.DELAY):
        begun = time.monotonic()
        caller.sendall(b"hello")
        assert received(caller, 5) == b"hello"
        assert time.monotonic() - begun >= 2 * PACE.delay_seconds


def test_a_trickle_passes_byte_by_byte_and_the_rest_at_its_end(link: Link) -> None:
    message = b"x" * 1000
    with connection(link) as caller:
        with link.faulty(Fault.TRICKLE):
            begun = time.monotonic()
            caller.sendall(message)
            assert received(caller, 3) == b"xxx"
            assert time.monotonic() - begun >= 2 * PACE.byte_seconds
        assert received(caller, 997) == message[3:]


def test_a_silent_link_accepts_and_passes_everything_at_its_end(link: Link, echo: Echo) -> None:
    with connection(link) as before:
        with link.faulty(Fault.SILENCE), connection(link) as meanwhile:
            for caller in (before, meanwhile):
                caller.sendall(b"hello")
                assert nothing_comes(caller)
            assert echo.received == []
            link.set(None)
            assert received(meanwhile, 5) == b"hello"
        assert received(before, 5) == b"hello"


def test_a_cut_link_resets_old_and_new_connections(link: Link) -> None:
    with connection(link) as before:
        before.sendall(b"hello")
        assert received(before, 5) == b"hello"
        with link.faulty(Fault.CUT):
            with pytest.raises(ConnectionResetError):
                before.recv(1)
            with pytest.raises(ConnectionError), connection(link) as meanwhile:
                meanwhile.recv(1)
    with connection(link) as after:
        after.sendall(b"again")
        assert received(after, 5) == b"again"


def test_a_lost_answer_was_asked_for(link: Link, echo: Echo) -> None:
    with connection(link) as caller, link.faulty(Fault.LOST_ANSWER):
        caller.sendall(b"hello")
        with pytest.raises(ConnectionResetError):
            caller.recv(1)
    assert echo.received == [b"hello"]


def test_a_half_closed_link_ends_in_place_of_the_answer_and_still_passes_what_is_sent(link: Link, echo: Echo) -> None:
    with connection(link) as caller, link.faulty(Fault.HALF_CLOSE):
        caller.sendall(b"hello")
        assert caller.recv(1) == b""
        caller.sendall(b"again")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while b"".join(echo.received) != b"helloagain" and time.monotonic() < deadline:
            time.sleep(0.01)
    assert b"".join(echo.received) == b"helloagain"


def test_a_link_to_nothing_resets_its_callers() -> None:
    with FaultProxy() as proxy, socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        server.close()
        with pytest.raises(ConnectionError), connection(proxy.link(port)) as caller:
            caller.recv(1)


def test_nothing_listens_after_the_proxy(echo: Echo) -> None:
    with FaultProxy() as proxy:
        link = proxy.link(echo.server_address[1])
    with pytest.raises(ConnectionRefusedError), connection(link):
        pass
