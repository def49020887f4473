"""A server that sends exactly the bytes that a test gives it, and then, if the test says so, nothing more for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class RawServer:
    """Sends the `pieces` in answer to every request; `requests` are the heads that it has received."""

    pieces: Sequence[bytes]
    ends: bool = True
    url: str = ""
    sent: int = 0
    requests: list[bytes] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reads one request and answers it."""
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            for piece in self.pieces:
                writer.write(piece)
                await writer.drain()
                self.sent += len(piece)
            if not self.ends:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def raw_server(*pieces: bytes, ends: bool = True) -> AsyncIterator[RawServer]:
    """Runs a raw server on a free port."""
    server = RawServer(pieces, ends)
    async with await asyncio.start_server(server.answer, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        yield server


def head(status: str = "200 OK", *headers: str) -> bytes:
    """Returns the beginning of an answer, whose body ends with the connection."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "connection: close", "", ""]).encode()
