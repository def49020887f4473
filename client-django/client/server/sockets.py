"""Gives each phase of a connection one deadline, whatever the other side sends or reads meanwhile."""

import errno
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from servicekit.connection_phases import Phase, PhaseSeconds

FAREWELL_SECONDS = 1.0
FAREWELL_BYTES = 256 * 1024
STREAM_BYTES = 64 * 1024
"""How much of a stream the kernel keeps for somebody who does not read it."""


class LimitedSocket:
    """A socket whose reads and writes end with the deadline of its phase. The rest is the socket's own."""

    def __init__(self, inner: Any, seconds: PhaseSeconds, *, on_late: Callable[[Phase], None]) -> None:
        self._inner = inner
        self._seconds = seconds
        self._on_late = on_late
        self._joins = False
        self._streams = False
        self._head = b""
        # A new connection is there to send something.
        self._begin(Phase.IDLE, seconds.header)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def await_request(self) -> None:
        self._begin(Phase.IDLE, self._seconds.idle)

    def await_body(self) -> None:
        self._begin(Phase.BODY, self._seconds.body)

    def await_response(self) -> None:
        """The application works at the response; its time begins with the first byte of the response."""
        self._begin(Phase.RESPONSE, None)
        self._joins, self._streams = True, False

    def await_stream(self) -> None:
        """The response goes on as long as both sides like: each piece of it has the deadline of a whole response."""
        self._streams = True
        self._inner.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, STREAM_BYTES)

    def recv(self, size: int) -> bytes:
        """Reads like a socket. After the deadline of idleness or header it says that the other side has closed; after
        that of a body it raises TimeoutError.
        """
        try:
            self._limit()
            received: bytes = self._inner.recv(size)
        except TimeoutError:
            self._on_late(self.phase)
            if self.phase in (Phase.IDLE, Phase.HEADER):
                return b""
            raise
        if self.phase == Phase.IDLE and received:
            self._begin(Phase.HEADER, self._seconds.header)
        return received

    def sendall(self, data: bytes) -> None:
        """Writes like a socket. After the deadline it fails as if the other side had closed.

        The first piece of a response, its head, waits for the second or for `flush`: both are sent at once, which costs
        one call of the kernel and wakes the other side once.
        """
        if self._joins:
            self._joins, self._head = False, data
            return
        data, self._head = self._head + data, b""
        if not data:
            return
        if self._ends_at is None or self._streams:
            self._begin(Phase.RESPONSE, self._seconds.response)
        try:
            self._limit()
            self._inner.sendall(data)
        except TimeoutError as error:
            self._on_late(self.phase)
            raise ConnectionResetError(errno.ECONNRESET, "the response was not read in time") from error

    def flush(self) -> None:
        """Sends what waits. A response may have a head only."""
        self._joins = False
        self.sendall(b"")

    def say_goodbye(self) -> None:
        """Closes so that the other side gets the response although it may still be sending.

        What it still sends is read and dropped for a moment. Otherwise the kernel answers it with a reset, for which
        the other side may discard a response that it has not read yet (RFC 9112 section 9.6).
        """
        ends_at, left = time.monotonic() + FAREWELL_SECONDS, FAREWELL_BYTES
        with suppress(OSError):
            self._inner.shutdown(socket.SHUT_WR)
            while left > 0 and (seconds := ends_at - time.monotonic()) > 0:
                self._inner.settimeout(seconds)
                dropped = len(self._inner.recv(min(left, 65536)))
                left = left - dropped if dropped else 0
        self._inner.close()

    def _begin(self, phase: Phase, seconds: float | None) -> None:
        self.phase = phase
        self._ends_at = None if seconds is None else time.monotonic() + seconds

    def _limit(self) -> None:
        if self._ends_at is None:
            self._inner.settimeout(None)
            return
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._inner.settimeout(left)
