"""A light load generator in a process of its own: each of its keep-alive connections sends one request at a time.

`python -m bench.http_load` reads its parameters as JSON from standard input and writes the outcome to standard output.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

import uvloop

from bench.scratch_database import SeatBlock

CUSTOMER = {"name": "Bench Buyer", "email": "buyer@example.com"}


@dataclass(frozen=True, slots=True)
class Load:
    """The parameters of the load: book the seats of a block, one by one, for `seconds`."""

    url: str
    key: str
    tag: str
    seats: int
    connections: int
    seconds: float


@dataclass(slots=True)
class Outcome:
    """The number of answers of each status, the seconds that they took together, and the latency of each."""

    seconds: float = 0
    statuses: dict[str, int] = field(default_factory=dict)
    latencies_ms: list[float] = field(default_factory=list)


def _request(load: Load, host: str, block: SeatBlock, number: int) -> bytes:
    body = json.dumps(
        {
            "booking_id": str(uuid4()),
            "event_id": block.event_id,
            "seat_ids": [block.seat_id(number)],
            # A new buyer each time: one buyer may not have so many seats to pay for.
            "customer": {"id": str(uuid4()), **CUSTOMER},
        },
        separators=(",", ":"),
    ).encode()
    head = (
        f"POST /api/v1/bookings HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {load.key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = head[9:12].decode()
    length = int(head.split(b"content-length:")[1].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return status


async def _connection(load: Load, numbers: itertools.count[int], until: float, outcome: Outcome) -> None:
    address = urlsplit(load.url)
    block = SeatBlock(load.tag, load.seats)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    while time.perf_counter() < until:
        number = next(numbers)
        if number >= load.seats:
            raise RuntimeError("the seats ran out; the block has to be larger")
        begun = time.perf_counter()
        writer.write(_request(load, address.netloc, block, number))
        status = await _answer(reader)
        outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
        outcome.latencies_ms.append((time.perf_counter() - begun) * 1000)
    writer.close()


async def _run(load: Load) -> Outcome:
    outcome = Outcome()
    numbers = itertools.count()
    begun = time.perf_counter()
    until = begun + load.seconds
    await asyncio.gather(*(_connection(load, numbers, until, outcome) for _ in range(load.connections)))
    outcome.seconds = time.perf_counter() - begun
    return outcome


if __name__ == "__main__":
    json.dump(asdict(uvloop.run(_run(Load(**json.load(sys.stdin))))), sys.stdout)
