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
from urllib.parse import urlsplit

import uvloop

from bench.generator import run_generator
from bench.http_request import Request

UNANSWERED = "none"


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
    """All answers, in the order in which they came, and how many requests could not be sent."""

    answers: list[Answered] = field(default_factory=list)
    not_sent: int = 0

    def statuses(self) -> Counter[str]:
        """How often each status was answered."""
        return Counter(answer.status for answer in self.answers)


def arrive(load: OpenLoad) -> OpenOutcome:
    """Runs the load generator and returns its outcome."""
    found = run_generator("bench.open_load", load)
    return OpenOutcome([Answered(**each) for each in found["answers"]], found["not_sent"])


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Sender:
    def __init__(self, load: OpenLoad) -> None:
        self._load = load
        self._host = urlsplit(load.url)
        self._requests = [each.to_bytes(self._host.netloc) for each in load.requests]
        self._idle: deque[Connection] = deque()
        self._open = 0
        self._begun = time.perf_counter()
        self.outcome = OpenOutcome()

    async def send(self, number: int) -> None:
        """Sends one request and notes its answer."""
        if not self._idle and self._open >= self._load.connections:
            self.outcome.not_sent += 1
            return
        begun = time.perf_counter()
        answered = Answered(UNANSWERED, 0, 0, retry_after=False, booking="")
        try:
            async with asyncio.timeout(self._load.limit_seconds):
                await self._ask(number, answered)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass
        now = time.perf_counter()
        answered.at, answered.took = now - self._begun, now - begun
        self.outcome.answers.append(answered)

    async def _ask(self, number: int, answered: Answered) -> None:
        reader, writer = await self._connection()
        keeps = False
        try:
            writer.write(self._requests[number])
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.split("content-length:")[1].split("\r\n", 1)[0])
            body = await reader.readexactly(length)
            answered.status, answered.retry_after = head[9:12], "\r\nretry-after:" in head
            if answered.status == "201":
                answered.booking = json.loads(body)["id"]
            keeps = "connection: close" not in head
        finally:
            if keeps:
                self._idle.append((reader, writer))
            else:
                self._open -= 1
                writer.close()

    async def _connection(self) -> Connection:
        if self._idle:
            return self._idle.pop()
        self._open += 1
        try:
            return await asyncio.open_connection(self._host.hostname, self._host.port)
        except BaseException:
            self._open -= 1
            raise


async def _run(load: OpenLoad) -> OpenOutcome:
    sender = _Sender(load)
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(len(load.requests)):
            await asyncio.sleep(begun + number / load.rate - time.perf_counter())
            group.create_task(sender.send(number))
    return sender.outcome


def _main() -> None:
    asked = json.load(sys.stdin)
    load = OpenLoad(**{**asked, "requests": [Request(**each) for each in asked["requests"]]})
    json.dump(asdict(uvloop.run(_run(load))), sys.stdout)


if __name__ == "__main__":
    _main()
