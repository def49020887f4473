"""Nobody stops a server by what they send slowly, do not send, or do not read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
from servicekit.settings import ConnectionSettings
from support.bounded_servers import LARGE, SERVERS, BoundedServer, Serve, request

from devstack.deadlines import stretched
from devstack.waiting import wait_until

SLOW, OTHER = "127.0.0.3", "127.0.0.2"
HALF_A_HEADER = b"POST /api/v1/bookings HTTP/1.1\r\nHost: example.com\r\nContent-Le"
LONG = 600.0
"""A deadline that no test meets: it ends only what the deadline under test ends."""

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def settings(
    *,
    header: float = LONG,
    body: float = LONG,
    idle: float = LONG,
    response: float = LONG,
    connections: int = 2000,
    per_address: int = 1000,
) -> ConnectionSettings:
    return ConnectionSettings(
        header_seconds=header,
        body_seconds=body,
        idle_seconds=idle,
        response_seconds=response,
        connections=connections,
        connections_per_address=per_address,
    )


@pytest.fixture(params=SERVERS)
def serve(request: pytest.FixtureRequest) -> Serve:
    return SERVERS[request.param]


@asynccontextmanager
async def opened(
    server: BoundedServer, number: int, sender: str = SLOW, *, sends: bytes = b""
) -> AsyncIterator[list[Connection]]:
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(number):
            reader, writer = await server.connect(sender)
            stack.callback(writer.close)
            writer.write(sends)
            made.append((reader, writer))
        yield made


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """Returns what comes until the other side closes or resets the connection."""
    received = bytearray()
    async with asyncio.timeout(stretched(10)):
        with suppress(ConnectionError):
            while piece := await reader.read(65536):
                received += piece
    return bytes(received)


async def drip(writer: asyncio.StreamWriter, byte: bytes) -> None:
    with suppress(ConnectionError):
        while not writer.is_closing():
            writer.write(byte)
            await writer.drain()
            await asyncio.sleep(0.02)


@asynccontextmanager
async def dripping(writer: asyncio.StreamWriter, byte: bytes) -> AsyncIterator[None]:
    task = asyncio.create_task(drip(writer, byte))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("number", [64, 500])
async def test_half_sent_headers_stop_nobody_and_are_ended(serve: Serve, number: int) -> None:
    limits = settings(header=1.0)
    async with serve(limits) as server, opened(server, number, sends=HALF_A_HEADER) as slow:
        assert [await server.status(sender=OTHER) for _ in range(3)] == [200] * 3
        assert [await until_closed(reader) for reader, _ in slow] == [b""] * number
        assert server.ended == {"slow header": number}


async def test_a_header_of_a_byte_now_and_then_is_ended(serve: Serve) -> None:
    async with serve(settings(header=0.4)) as server, opened(server, 1) as [(reader, writer)]:
        writer.write(HALF_A_HEADER)
        async with dripping(writer, b"x"):
            assert await until_closed(reader) == b""
        assert server.ended == {"slow header": 1}


async def test_a_connection_that_sends_nothing_is_ended(serve: Serve) -> None:
    async with serve(settings(header=0.4)) as server, opened(server, 500) as silent:
        assert await server.status(sender=OTHER) == 200
        assert [await until_closed(reader) for reader, _ in silent] == [b""] * 500


async def test_a_body_of_a_byte_now_and_then_stops_nobody_and_is_ended(serve: Serve) -> None:
    async with serve(settings(body=0.6)) as server, opened(server, 1) as [(reader, writer)]:
        writer.write(request("POST", "/", "Content-Length: 100000"))
        async with dripping(writer, b"x"):
            assert await server.status(sender=OTHER) == 200
            await until_closed(reader)
        assert server.ended == {"slow body": 1}


async def test_a_body_that_was_refused_before_it_came_is_ended_too(serve: Serve) -> None:
    async with serve(settings(body=0.6)) as server, opened(server, 1) as [(reader, writer)]:
        writer.write(request("POST", "/refuses", "Content-Length: 100000"))
        async with dripping(writer, b"x"):
            assert (await until_closed(reader)).startswith(b"HTTP/1.1 413")
        assert server.ended == {"slow body": 1}


async def test_a_connection_that_is_idle_between_two_requests_is_ended_and_not_counted(serve: Serve) -> None:
    async with serve(settings(idle=0.4)) as server, opened(server, 1) as [(reader, writer)]:
        writer.write(request("GET", "/"))
        assert (await until_closed(reader)).startswith(b"HTTP/1.1 200")
        assert server.ended == {}


async def test_a_response_that_nobody_reads_is_ended(serve: Serve) -> None:
    async with serve(settings(response=0.6, idle=0.6)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
        writer.write(request("GET", "/large"))
        # The library reads no more than its limit; the rest stays with the server.
        await asyncio.sleep(1.5)
        assert len(await until_closed(reader)) < len(LARGE)
        writer.close()


async def test_no_deadline_meets_who_sends_and_reads_in_time(serve: Serve) -> None:
    limits = settings(header=1.0, body=1.0, idle=1.0)
    async with serve(limits) as server, opened(server, 1) as [(reader, writer)]:
        for path in ("/slow", "/", "/slow"):
            writer.write(request("POST", path, "Content-Length: 4") + b"1234")
            head = await reader.readuntil(b"\r\n\r\n")
            assert (head[9:12], await reader.readexactly(1)) == (b"200", b"4")
        assert server.ended == {}


async def test_requests_that_come_at_once_are_all_answered(serve: Serve) -> None:
    async with serve(settings(header=0.6, body=0.6, idle=0.6)) as server, opened(server, 1) as [(reader, writer)]:
        writer.write((request("POST", "/", "Content-Length: 4") + b"1234") * 20)
        assert (await until_closed(reader)).count(b"HTTP/1.1 200") == 20
        assert server.ended == {}


async def test_one_address_has_so_many_connections_and_others_have_theirs(serve: Serve) -> None:
    async with serve(settings(per_address=3)) as server, opened(server, 3) as kept:
        async with opened(server, 1) as [(refused, _)]:
            head, _, body = (await until_closed(refused)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 Service Unavailable")
        assert b"Retry-After: 2" in head
        assert json.loads(body)["type"] == "busy"
        assert await server.status(sender=OTHER) == 200
        assert server.ended == {"too many of one address": 1}
        kept[0][1].close()

        async def is_served_again() -> bool:
            return await server.status(sender=SLOW) == 200

        await wait_until(is_served_again)


async def test_a_process_has_so_many_connections(serve: Serve) -> None:
    async with serve(settings(connections=3)) as server, opened(server, 3):
        assert await server.status(sender=OTHER) == 503
        assert server.ended == {"too many": 1}
