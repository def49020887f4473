"""Bounds the connections of a server: how many there are, and how long each may take for each thing that it does.

Servers limit little of this themselves: uvicorn and aiohttp close a connection that is idle between two requests, and
wait for ever for the rest of a header, of a body, or for somebody who does not read the answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import astuple, dataclass
from http import HTTPStatus
from time import monotonic
from typing import cast

from servicekit.connection_phases import Phase, PhaseSeconds
from servicekit.problems import BUSY, MEDIA_TYPE, RETRY_SECONDS, document
from servicekit.settings import ConnectionSettings
from servicekit.tracing import new_trace, tracing
from servicekit.use_per_key import UsePerKey

LOOK_SECONDS = 1.0
"""How often deadlines are looked at; a connection may live so much longer. Requests set no timers of their own."""


@dataclass(slots=True, eq=False)
class Connection:
    """What one connection does, and until when it may. The server reports each step."""

    transport: asyncio.Transport
    address: str
    seconds: PhaseSeconds
    phase: Phase
    ends_at: float
    _is_reading: bool = False
    _unanswered: int = 0

    def receive(self) -> None:
        """Some bytes have come; they begin a request if none is under way."""
        if self.phase is Phase.IDLE:
            self._begin(Phase.HEADER, self.seconds.header)

    def begin_request(self) -> None:
        """The header is complete."""
        self._is_reading = True
        self._unanswered += 1
        self._begin(Phase.BODY, self.seconds.body)

    def end_body(self) -> None:
        """The request is complete. Its response may have been sent before."""
        self._is_reading = False
        self._await_response_or_request()

    def end_response(self) -> None:
        """The response was handed over. A body that has not come completely keeps its deadline."""
        # The answer to what could not be parsed has no request.
        self._unanswered = max(0, self._unanswered - 1)
        if not self._is_reading:
            self._await_response_or_request()

    def _await_response_or_request(self) -> None:
        if self._unanswered:
            self._begin(Phase.RESPONSE, self.seconds.response)
        else:
            self._begin(Phase.IDLE, self.seconds.idle)

    def _begin(self, phase: Phase, seconds: float) -> None:
        self.phase = phase
        self.ends_at = monotonic() + seconds


class Connections:
    """The connections of one process."""

    def __init__(self, settings: ConnectionSettings, *, on_ended: Callable[[str], None]) -> None:
        """`on_ended` learns the reason whenever a limit refuses or ends a connection that is not idle."""
        self._seconds = PhaseSeconds(
            idle=settings.idle_seconds,
            header=settings.header_seconds,
            body=settings.body_seconds,
            response=settings.response_seconds,
        )
        self._most = settings.connections
        self._addresses = UsePerKey(limit=settings.connections_per_address)
        self._on_ended = on_ended
        self._open: set[Connection] = set()
        self._look_every = min(LOOK_SECONDS, *(seconds / 4 for seconds in astuple(self._seconds)))
        self._is_looking = False

    def enter(self, made: asyncio.BaseTransport) -> Connection | None:
        """Counts a new connection; answers that the service is busy and returns None if there are too many."""
        # Every stream's transport has these methods, and uvloop's is no subclass of any class that says so.
        transport = cast("asyncio.Transport", made)
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if len(self._open) >= self._most:
            self._refuse(transport, "too many")
            return None
        if not self._addresses.enter(address):
            self._refuse(transport, "too many of one address")
            return None
        # A new connection is there to send something.
        ends_at = monotonic() + self._seconds.header
        connection = Connection(transport, address, self._seconds, Phase.IDLE, ends_at)
        self._open.add(connection)
        if not self._is_looking:
            self._look_later()
        return connection

    def leave(self, connection: Connection) -> None:
        """The connection is closed."""
        self._open.discard(connection)
        self._addresses.leave(connection.address)

    def _refuse(self, transport: asyncio.Transport, reason: str) -> None:
        self._on_ended(reason)
        transport.write(_busy())
        transport.close()

    def _look_later(self) -> None:
        self._is_looking = True
        asyncio.get_running_loop().call_later(self._look_every, self._look)

    def _look(self) -> None:
        now = monotonic()
        for connection in [each for each in self._open if each.ends_at <= now]:
            self._end(connection)
        self._is_looking = False
        if self._open:
            self._look_later()

    def _end(self, connection: Connection) -> None:
        connection.ends_at = float("inf")
        if connection.phase is not Phase.IDLE:
            self._on_ended(f"slow {connection.phase}")
        # Closing would wait until the other side has read what is still to be sent.
        connection.transport.abort()


def _busy() -> bytes:
    with tracing(new_trace()):
        problem = document(BUSY, "Too many connections are open; try again in a moment.", instance="/")
    body = json.dumps(problem).encode()
    head = (
        f"HTTP/1.1 {BUSY.status} {HTTPStatus(BUSY.status).phrase}",
        f"Retry-After: {RETRY_SECONDS}",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        f"X-Request-ID: {problem['request_id']}",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body
