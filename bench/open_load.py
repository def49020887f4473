"""A load generator in a process of its own that does not wait: it asks for bookings at a fixed rate, answered or not.

`python -m bench.open_load` reads its parameters as JSON from standard input and writes the outcome to standard output.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import cast
from urllib.parse import urlsplit

import uvloop

from bench.generator import run_generator
from bench.http_request import Request

UNANSWERED, CREATED = "none", "201"


@dataclass(frozen=True, slots=True)
class OpenLoad:
    """Sends `requests` for bookings to `url`, each once, `rate` a second.

    At most `connections` are open at a time; a request without a free one is not sent and counts as `not_sent`.
    """

    url: str
    requests: list[Request]
    rate: float
    connections: int
    limit_seconds: float


@dataclass(slots=True)
class Answered:
    """One answer: its status, when it came and how long it took, in seconds; `booking` is the id of one that was made.

    `retry_after` says whether it told when to try again.
    """

    status: str
    at: float
    took: float
    retry_after: bool
    booking: str


@dataclass(slots=True)
class OpenOutcome:
    """All answers, in the order in which they came, how many requests could not be sent, and the processor time of the
    load generator.
    """

    answers: list[Answered] = field(default_factory=list)
    not_sent: int = 0
    processor_seconds: float = 0

    def statuses(self) -> Counter[str]:
        """How often each status was answered."""
        return Counter(answer.status for answer in self.answers)


def arrive(load: OpenLoad) -> OpenOutcome:
    """Runs the load generator and returns its outcome."""
    found = run_generator("bench.open_load", load)
    return OpenOutcome([Answered(**each) for each in found.pop("answers")], **found)


class _Sender:
    """Sends each request over a connection that is idle, or a new one.

    Callbacks, not streams and tasks: the load generator shares the processors with what it measures.
    """

    def __init__(self, load: OpenLoad) -> None:
        self._load = load
        address = urlsplit(load.url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._requests = [each.to_bytes(address.netloc) for each in load.requests]
        self._idle: deque[_Connection] = deque()
        self._open = 0
        self._opening: set[asyncio.Task[None]] = set()
        self._unanswered = len(load.requests)
        self._all_answered = asyncio.Event()
        self.begun = time.perf_counter()
        self.outcome = OpenOutcome()

    def send(self, number: int) -> None:
        """Sends one request, whose answer is noted when it comes."""
        if self._idle:
            self._idle.pop().send(self._requests[number])
        elif self._open < self._load.connections:
            self._open += 1
            connection = _Connection(self, self._load.limit_seconds)
            opening = asyncio.create_task(self._open_and_send(connection, self._requests[number]))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)
        else:
            self.outcome.not_sent += 1
            self._count()

    async def wait(self) -> None:
        """Returns when every request is answered or given up."""
        await self._all_answered.wait()

    def note(self, connection: _Connection, answered: Answered, *, keeps: bool) -> None:
        """Notes an answer, or that none has come; `keeps` says whether the connection can be used again."""
        self.outcome.answers.append(answered)
        if keeps:
            self._idle.append(connection)
        else:
            self.forget(connection)
        self._count()

    def forget(self, connection: _Connection) -> None:
        """Drops a connection that has ended."""
        self._open -= 1
        if connection in self._idle:
            self._idle.remove(connection)

    async def _open_and_send(self, connection: _Connection, request: bytes) -> None:
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(self._load.limit_seconds):
                await asyncio.get_running_loop().create_connection(lambda: connection, self._host, self._port)
        except (TimeoutError, OSError):
            connection.give_up(begun)
        else:
            connection.send(request, begun)

    def _count(self) -> None:
        self._unanswered -= 1
        if not self._unanswered:
            self._all_answered.set()


class _Connection(asyncio.Protocol):
    """A connection that has at most one request under way."""

    def __init__(self, sender: _Sender, limit_seconds: float) -> None:
        self._sender, self._limit_seconds = sender, limit_seconds
        self._transport: asyncio.Transport | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._begun = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes, begun: float | None = None) -> None:
        """Sends a request that has begun at `begun`, by default now."""
        self._begun, self._received = begun or time.perf_counter(), b""
        self._limit = asyncio.get_running_loop().call_later(self._limit_seconds, self.give_up, self._begun)
        if self._transport is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        if not ended:
            return
        fields = head.lower()
        if len(body) < int(fields.partition(b"content-length:")[2].partition(b"\r\n")[0]):
            return
        status = fields[9:12].decode()
        booking = json.loads(body)["id"] if status == CREATED else ""
        self._end(status, b"\r\nretry-after:" in fields, booking, keeps=b"connection: close" not in fields)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        if self._limit is not None:
            self.give_up(self._begun)
        else:
            self._sender.forget(self)

    def give_up(self, begun: float) -> None:
        """Notes that the request under way got no answer, and closes the connection."""
        self._begun = begun
        self._end(UNANSWERED, False, "", keeps=False)

    def _end(self, status: str, retry_after: bool, booking: str, *, keeps: bool) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        now = time.perf_counter()
        answered = Answered(status, now - self._sender.begun, now - self._begun, retry_after, booking)
        self._sender.note(self, answered, keeps=keeps)
        if not keeps and self._transport is not None:
            # What comes of it later is of no interest.
            self._transport.set_protocol(asyncio.Protocol())
            self._transport.abort()


async def _run(load: OpenLoad) -> OpenOutcome:
    sender, used = _Sender(load), time.process_time()
    for number in range(len(load.requests)):
        await asyncio.sleep(sender.begun + number / load.rate - time.perf_counter())
        sender.send(number)
    await sender.wait()
    sender.outcome.processor_seconds = time.process_time() - used
    return sender.outcome


def _main() -> None:
    asked = json.load(sys.stdin)
    load = OpenLoad(**{**asked, "requests": [Request(**each) for each in asked["requests"]]})
    json.dump(asdict(uvloop.run(_run(load))), sys.stdout)


if __name__ == "__main__":
    _main()
