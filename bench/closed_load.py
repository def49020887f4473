"""A load generator in a process of its own: each of its keep-alive connections sends one request after the other.

`python -m bench.closed_load` reads a `ClosedLoad` as JSON from standard input and writes the
outcome to standard output.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

import uvloop

from devstack.home import REPOSITORY

UNANSWERED = "none"


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `target` is path and query, `body` is JSON text."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, slots=True)
class ClosedLoad:
    """Sends `requests` to `url`, each once, in their order, at most `connections` at a time.

    With `per_second`, none is sent before its turn at that rate comes.
    """

    url: str
    requests: list[Request]
    connections: int
    per_second: float = 0


@dataclass(slots=True)
class Answer:
    """The status and body of one answer, and how many seconds it took; a request without one has `UNANSWERED`."""

    status: str
    took: float
    body: str


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
    done = subprocess.run(
        [sys.executable, "-m", "bench.closed_load"],
        cwd=REPOSITORY,
        input=json.dumps(asdict(load)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return ClosedOutcome(found["seconds"], [Answer(**answer) for answer in found["answers"]])


def _bytes(host: str, request: Request) -> bytes:
    body = request.body.encode()
    headers = {"host": host, **request.headers, "content-length": str(len(body))}
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _connection(
    host: str, port: int, requests: Iterator[tuple[int, float, bytes]], answers: list[Answer]
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    for number, turn, request in requests:
        await asyncio.sleep(turn - time.perf_counter())
        begun = time.perf_counter()
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.split("content-length:")[1].split("\r\n", 1)[0])
            body = await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            answers[number].took = time.perf_counter() - begun
            reader, writer = await asyncio.open_connection(host, port)
            continue
        answers[number] = Answer(head[9:12], time.perf_counter() - begun, body.decode())
        if "\r\nconnection: close" in head:
            writer.close()
            reader, writer = await asyncio.open_connection(host, port)
    writer.close()


async def _run(load: ClosedLoad) -> ClosedOutcome:
    address = urlsplit(load.url)
    prepared = [_bytes(address.netloc, each) for each in load.requests]
    answers = [Answer(UNANSWERED, 0, "") for _ in load.requests]
    begun = time.perf_counter()
    pause = 1 / load.per_second if load.per_second else 0
    requests = iter([(number, begun + number * pause, each) for number, each in enumerate(prepared)])
    host, port = address.hostname or "", address.port or 80
    await asyncio.gather(*(_connection(host, port, requests, answers) for _ in range(load.connections)))
    return ClosedOutcome(time.perf_counter() - begun, answers)


def _main() -> None:
    asked = json.load(sys.stdin)
    load = ClosedLoad(**{**asked, "requests": [Request(**each) for each in asked["requests"]]})
    json.dump(asdict(uvloop.run(_run(load))), sys.stdout)


if __name__ == "__main__":
    _main()
