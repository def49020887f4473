"""A load generator in a process of its own: each of its keep-alive connections sends one request after the other.

`python -m bench.closed_load` reads a `ClosedLoad` as JSON from standard input and writes the
outcome to standard output.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import uvloop

from bench.generator import run_generator
from bench.http_request import Request

UNANSWERED = "none"
BUSY = "503"
MOST_TRIES = 3
KEPT_SECONDS = 2
"""Servers close connections that are idle for longer."""


@dataclass(frozen=True, slots=True)
class ClosedLoad:
    """Sends `requests` to `url`, each once, in their order, at most `connections` at a time.

    With `per_second`, none is sent before its turn at that rate comes. With `patient`, one that is answered with 503 is
    sent again when `Retry-After` says, until it gets another answer; meanwhile its connection sends the others.
    """

    url: str
    requests: list[Request]
    connections: int
    per_second: float = 0
    patient: bool = False


@dataclass(slots=True)
class Answer:
    """The status and body of the last answer, and the seconds from the first time that the request was sent.

    A request without an answer has the status `UNANSWERED`; `refused` is how often it was told to come again.
    """

    status: str
    took: float
    body: str
    refused: int = 0


@dataclass(slots=True)
class ClosedOutcome:
    """The answers in the order of the requests, and the seconds from the first request to the last answer."""

    seconds: float
    answers: list[Answer]

    @property
    def per_second(self) -> float:
        """How many requests were answered a second, whatever the answer."""
        return len(self.answers) / self.seconds

    def statuses(self) -> Counter[str]:
        """How often each status was answered."""
        return Counter(answer.status for answer in self.answers)


def send(load: ClosedLoad) -> ClosedOutcome:
    """Runs the load generator and returns its outcome."""
    found = run_generator("bench.closed_load", load)
    return ClosedOutcome(found["seconds"], [Answer(**answer) for answer in found["answers"]])


class _Sender:
    """Passes each request to a connection that is free when its turn comes. Connections wait without looking again:
    hundreds that look every few milliseconds would take a good part of the processors that they measure.
    """

    def __init__(self, load: ClosedLoad) -> None:
        address = urlsplit(load.url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._requests = [each.to_bytes(address.netloc) for each in load.requests]
        self._load = load
        self._first_sent: dict[int, float] = {}
        self._broken: Counter[int] = Counter()
        self._unanswered = len(load.requests)
        self._due: asyncio.Queue[int | None] = asyncio.Queue()
        self.answers = [Answer(UNANSWERED, 0, "") for _ in load.requests]
        self.begun = time.perf_counter()
        pause = 1 / load.per_second if load.per_second else 0
        for number in range(len(load.requests)):
            self._send_after(number * pause, number)
        self._end_if_answered()

    async def keep_sending(self) -> None:
        """Sends what is to be sent over one connection, until every request has its answer."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        last_used = time.perf_counter()
        while (number := await self._due.get()) is not None:
            if time.perf_counter() - last_used > KEPT_SECONDS:
                writer.close()
                reader, writer = await asyncio.open_connection(self._host, self._port)
            try:
                keeps = await self._send(number, reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                self._lost(number)
                keeps = False
            last_used = time.perf_counter()
            if not keeps:
                writer.close()
                reader, writer = await asyncio.open_connection(self._host, self._port)
        writer.close()

    async def _send(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Sends a request; returns whether the connection can be used again."""
        self._first_sent.setdefault(number, time.perf_counter())
        writer.write(self._requests[number])
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        body = await reader.readexactly(int(_header(head, "content-length") or 0))
        status, retry_after = head[9:12], _header(head, "retry-after")
        if self._load.patient and status == BUSY and retry_after:
            self.answers[number].refused += 1
            self._send_after(float(retry_after), number)
        else:
            self._answer(number, status, body.decode())
        return "\r\nconnection: close" not in head

    def _lost(self, number: int) -> None:
        """Sends a request again whose connection broke, as a browser does: the server closes those that were idle."""
        self._broken[number] += 1
        if self._broken[number] < MOST_TRIES:
            self._send_after(0, number)
        else:
            self._answer(number, UNANSWERED, "")

    def _send_after(self, seconds: float, number: int) -> None:
        if seconds > 0:
            asyncio.get_running_loop().call_later(seconds, self._due.put_nowait, number)
        else:
            self._due.put_nowait(number)

    def _end_if_answered(self) -> None:
        """Lets every connection end when there is nothing left to send."""
        if not self._unanswered:
            for _ in range(self._load.connections):
                self._due.put_nowait(None)

    def _answer(self, number: int, status: str, body: str) -> None:
        answer = self.answers[number]
        answer.status, answer.body = status, body
        answer.took = time.perf_counter() - self._first_sent[number]
        self._unanswered -= 1
        self._end_if_answered()


def _header(head: str, name: str) -> str | None:
    _, found, rest = head.partition(f"\r\n{name}:")
    return rest.split("\r\n", 1)[0].strip() if found else None


async def _run(load: ClosedLoad) -> ClosedOutcome:
    sender = _Sender(load)
    await asyncio.gather(*(sender.keep_sending() for _ in range(load.connections)))
    return ClosedOutcome(time.perf_counter() - sender.begun, sender.answers)


def _main() -> None:
    asked = json.load(sys.stdin)
    load = ClosedLoad(**{**asked, "requests": [Request(**each) for each in asked["requests"]]})
    json.dump(asdict(uvloop.run(_run(load))), sys.stdout)


if __name__ == "__main__":
    _main()
