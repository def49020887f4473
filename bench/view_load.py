"""Viewers of one seat map in a process of their own, which listen as browsers do.

`python -m bench.view_load` reads a `ViewLoad` as JSON from standard input, writes `ready` when all have the whole map,
and listens until it gets another line; then it writes the outcome to standard output.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

import uvloop

from devstack.home import REPOSITORY

READY = "ready"
AT_ONCE = 50
"""So many connect at the same time."""


@dataclass(frozen=True, slots=True)
class ViewLoad:
    """So many `viewers` of `target` at `url`."""

    url: str
    target: str
    viewers: int


@dataclass(slots=True)
class ViewOutcome:
    """`arrivals` has for each seat, by its index, when each viewer heard that it had changed, in seconds since 1970;
    `dropped` is how many viewers lost their connection.
    """

    arrivals: dict[int, list[float]] = field(default_factory=dict)
    dropped: int = 0


@contextmanager
def viewing(load: ViewLoad) -> Iterator[ViewOutcome]:
    """Has the viewers during the block; the outcome is complete after it."""
    outcome = ViewOutcome()
    with subprocess.Popen(
        [sys.executable, "-m", "bench.view_load"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        _begin(process, load)
        yield outcome
        found = json.loads(process.communicate("\n")[0])
    outcome.arrivals = {int(seat): times for seat, times in found["arrivals"].items()}
    outcome.dropped = found["dropped"]


def _begin(process: subprocess.Popen[str], load: ViewLoad) -> None:
    """Returns when all viewers have the whole map."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("The process of the viewers has no pipes.")
    process.stdin.write(json.dumps(asdict(load)) + "\n")
    process.stdin.flush()
    if process.stdout.readline().strip() != READY:
        raise RuntimeError("The viewers could not all connect.")


class _Viewers:
    def __init__(self, load: ViewLoad) -> None:
        self._load = load
        self._connecting = asyncio.Semaphore(AT_ONCE)
        self._waiting = load.viewers
        self.all_ready = asyncio.Event()
        self.outcome = ViewOutcome()

    async def view(self) -> None:
        """Listens as one viewer."""
        address = urlsplit(self._load.url)
        async with self._connecting:
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            head = f"GET {self._load.target} HTTP/1.1\r\nHost: {address.netloc}\r\nAccept: text/event-stream\r\n\r\n"
            writer.write(head.encode())
            status = (await reader.readuntil(b"\r\n\r\n"))[9:12].decode()
            if status != "200":
                raise RuntimeError(f"A viewer was answered {status}.")
        try:
            await self._listen(reader)
        except asyncio.IncompleteReadError:
            self.outcome.dropped += 1
        finally:
            writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        kind = ""
        while True:
            line = (await reader.readuntil(b"\n")).decode().strip()
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: ") and kind == "map":
                self._waiting -= 1
                if not self._waiting:
                    self.all_ready.set()
            elif line.startswith("data: ") and kind == "changes":
                self._hear(json.loads(line.removeprefix("data: ")))

    def _hear(self, changes: dict[str, list[int]]) -> None:
        now = time.time()
        for seats in changes.values():
            for seat in seats:
                self.outcome.arrivals.setdefault(seat, []).append(now)


async def _run(load: ViewLoad) -> ViewOutcome:
    viewers = _Viewers(load)
    tasks = [asyncio.create_task(viewers.view()) for _ in range(load.viewers)]
    ready = asyncio.create_task(viewers.all_ready.wait())
    done, _ = await asyncio.wait([ready, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for ended in done - {ready}:
        ended.result()
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return viewers.outcome


def _main() -> None:
    load = ViewLoad(**json.loads(sys.stdin.readline()))
    json.dump(asdict(uvloop.run(_run(load))), sys.stdout)


if __name__ == "__main__":
    _main()
