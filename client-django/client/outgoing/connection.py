"""A connection to a server whose reads and writes end with the deadline of what is under way."""

import io
import socket
from functools import cache
from ssl import SSLContext, create_default_context
from typing import Any
from urllib.parse import SplitResult

from client.outgoing.deadline import CONNECT_SECONDS, limited

PORTS = {"http": 80, "https": 443}
PIECE = 16 * 1024
"""Requests are written in pieces of this size, so that the deadline also ends a slow write."""


@cache
def _tls() -> SSLContext:
    """Returns the TLS settings, made once: reading the certificates takes longer than many calls."""
    return create_default_context()


class Connection:
    """One connection. It looks to the parser of `http.client` like a socket, which it wraps."""

    idle_since = 0.0

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner

    @classmethod
    def open(cls, url: SplitResult) -> "Connection":
        """Connects to the server of `url`. Raises OSError, also for a certificate that is not valid."""
        host, port = url.hostname or "", url.port or PORTS[url.scheme]
        plain = socket.create_connection((host, port), limited(CONNECT_SECONDS, TimeoutError))
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if url.scheme != "https":
                return cls(plain)
            plain.settimeout(limited(CONNECT_SECONDS, TimeoutError))
            return cls(_tls().wrap_socket(plain, server_hostname=host))
        except BaseException:
            plain.close()
            raise

    def sendall(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE):
            self._inner.settimeout(limited(None, TimeoutError))
            self._inner.sendall(data[start : start + PIECE])

    def recv_into(self, buffer: Any) -> int:
        self._inner.settimeout(limited(None, TimeoutError))
        return self._inner.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Returns a file of what the server sends. Closing it leaves the connection open."""
        return io.BufferedReader(_Incoming(self), PIECE)

    def fileno(self) -> int:
        return self._inner.fileno()

    def close(self) -> None:
        self._inner.close()


class _Incoming(io.RawIOBase):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._connection.recv_into(buffer)
