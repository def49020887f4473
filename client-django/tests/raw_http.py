"""Speaks HTTP byte by byte, for requests that no library sends."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from devstack.deadlines import stretched


def request(method: str, path: str, body: Any = None, **headers: str) -> bytes:
    """Returns a whole request with a JSON body."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(data)), **headers}
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", ""])
    return head.encode() + data


@contextmanager
def connections(port: int, number: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=stretched(30)))
            for _ in range(number)
        ]


def received(connection: socket.socket) -> bytes:
    """Returns everything that the other side sends until it closes."""
    found = b""
    while piece := connection.recv(65536):
        found += piece
    return found


def response(connection: socket.socket) -> tuple[int, bytes, bytes]:
    """Returns status, head and body of the next response."""
    found = b""
    while b"\r\n\r\n" not in found:
        piece = connection.recv(65536)
        assert piece, f"the connection was closed after {found!r}"
        found += piece
    head, _, body = found.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return int(head[9:12]), head, body
