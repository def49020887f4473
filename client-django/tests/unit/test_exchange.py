"""Requests to other services go over connections that are kept, and are sent once."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from devstack.deadlines import stretched

from client.outgoing.connection import Connection
from client.outgoing.deadline import within
from client.outgoing.exchange import (
    BrokenConnectionError,
    Connections,
    NoAnswerError,
    UnusableAddressError,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request with the next of `answers`; b"" ends the connection without an answer."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.requests: list[bytes] = []
        self.connections: list[socket.socket] = []
        self.ends_after_answer = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            while request := connection.recv(65536):
                self.requests.append(request)
                answer = self.answers.pop(0) if self.answers else OK
                if not answer:
                    connection.shutdown(socket.SHUT_RDWR)
                    connection.close()
                    return
                connection.sendall(answer)
                if self.ends_after_answer:
                    connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        # A listener that is only closed stays open while somebody accepts.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def get(connections: Connections, target: str = "/") -> bytes:
    with within(stretched(5)):
        return connections.exchange("GET", target, headers={}, body=None, most_bytes=100).content


def test_requests_share_a_connection(server: Server) -> None:
    connections = Connections(server.url)
    assert [get(connections) for _ in range(3)] == [b"ok"] * 3
    assert len(server.connections) == 1


def test_a_connection_that_the_server_has_ended_is_not_used_again(server: Server) -> None:
    connections = Connections(server.url)
    get(connections)
    server.connections[0].shutdown(socket.SHUT_RDWR)
    assert get(connections) == b"ok"
    assert (len(server.connections), len(server.requests)) == (2, 2)


def test_a_connection_that_the_server_wants_to_end_is_not_kept(server: Server) -> None:
    server.answers = [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"]
    connections = Connections(server.url)
    assert [get(connections), get(connections)] == [b"ok"] * 2
    assert len(server.connections) == 2


def test_an_idle_connection_is_not_kept_for_ever(server: Server) -> None:
    connections = Connections(server.url, kept_seconds=-1)
    assert [get(connections), get(connections)] == [b"ok"] * 2
    assert len(server.connections) == 2


def test_connections_that_were_idle_for_too_long_are_closed_while_another_is_used(server: Server) -> None:
    connections = Connections(server.url)
    first, second = connections._send(b"GET / HTTP/1.1\r\n\r\n"), connections._send(b"GET / HTTP/1.1\r\n\r\n")
    for connection in (first, second):
        connections._keep(connection)
    first.idle_since -= 60
    get(connections)
    assert first.fileno() == -1
    assert list(connections._idle) == [connections._idle[-1]]


def test_a_request_whose_answer_is_lost_is_not_sent_again(server: Server) -> None:
    """The server may have carried it out."""
    connections = Connections(server.url)
    get(connections)
    server.answers = [b""]
    with pytest.raises(BrokenConnectionError):
        get(connections)
    assert len(server.requests) == 2


def test_a_request_that_a_kept_connection_does_not_take_is_sent_over_another(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = Connections(server.url)
    get(connections)

    send, kept = Connection.sendall, connections._idle[0]

    def refuse(self: Connection, data: bytes) -> None:
        if self is kept:
            raise BrokenPipeError
        send(self, data)

    monkeypatch.setattr(Connection, "sendall", refuse)
    assert get(connections) == b"ok"
    assert (len(server.connections), len(server.requests)) == (2, 2)


@pytest.mark.parametrize(
    "answer",
    [
        b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok", b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\n\r\nok",
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_no_answer(server: Server, answer: bytes) -> None:
    server.answers = [answer]
    server.ends_after_answer = True
    with pytest.raises(NoAnswerError):
        get(Connections(server.url))


def test_a_chunked_answer_is_read_whole(server: Server) -> None:
    server.answers = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"]
    connections = Connections(server.url)
    assert [get(connections), get(connections)] == [b"ok"] * 2
    assert len(server.connections) == 1


@pytest.mark.parametrize("target", ["/a b", "/a\r\nX: y", "/é"])
def test_an_address_that_http_cannot_carry_is_not_sent(server: Server, target: str) -> None:
    with pytest.raises(UnusableAddressError):
        get(Connections(server.url), target)
    assert server.requests == []
