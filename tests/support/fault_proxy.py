"""A TCP proxy whose links can be made faulty while they are in use; it never changes a byte that it passes on.

Written here because no package of PyPI does this: `toxiproxy-python` only controls the Go program of that name.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from devstack.ports import HOST

Result = TypeVar("Result")

PIECE_BYTES = 64 * 1024
SETTLING_SECONDS = 0.05
CONTROL_SECONDS = 30
"""How long a change of a link may take; the loop only has to find time for it."""
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""The value of SO_LINGER with which closing a socket sends RST instead of FIN."""


class Fault(Enum):
    """What is wrong with a link."""

    DELAY = "delay"
    """Each piece passes `delay_seconds` late."""
    TRICKLE = "trickle"
    """One byte passes every `byte_seconds`; the rest passes when the fault ends."""
    SILENCE = "silence"
    """Connections are accepted and nothing passes; what was sent passes when the fault ends."""
    CUT = "cut"
    """Every connection, old or new, is reset."""
    LOST_ANSWER = "lost answer"
    """What the caller sends passes; its connection is reset when the answer comes."""
    HALF_CLOSE = "half-close"
    """What the caller sends passes; in place of the answer the caller is told that nothing more comes."""


class Broken(Exception):
    """The fault ends this connection."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow the slow faults are."""

    delay_seconds: float = 0.3
    byte_seconds: float = 1.0


class Link:
    """One listening port and the server that its connections lead to; made by `FaultProxy.link`."""

    def __init__(self, proxy: FaultProxy, target: tuple[str, int]) -> None:
        self._proxy = proxy
        self._target = target
        self._fault: Fault | None = None
        self._changed = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0
        self.connections = 0
        """How many connections were accepted so far."""

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def set(self, fault: Fault | None) -> None:
        """Makes the link faulty in this way, or whole with None; it counts from when this returns."""
        self._proxy.do(self._set(fault))

    @contextlib.contextmanager
    def faulty(self, fault: Fault) -> Iterator[None]:
        """Makes the link faulty as long as the block lasts."""
        self.set(fault)
        try:
            yield
        finally:
            self.set(None)

    async def listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _set(self, fault: Fault | None) -> None:
        self._fault = fault
        self._changed.set()
        self._changed = asyncio.Event()
        if fault is Fault.CUT:
            await self.end_connections()

    async def end_connections(self) -> None:
        """Resets all that are open."""
        for connection in tuple(self._open):
            connection.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, caller: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = asyncio.current_task()
        assert connection
        self._open.add(connection)
        try:
            await self._serve(reader, caller)
        except (Broken, OSError, asyncio.CancelledError):
            _reset(caller)
        finally:
            self._open.discard(connection)
            caller.close()

    async def _serve(self, reader: asyncio.StreamReader, caller: asyncio.StreamWriter) -> None:
        if self._fault is Fault.CUT:
            raise Broken
        answers, server = await asyncio.open_connection(*self._target)
        ways = [
            asyncio.ensure_future(self._pass_all(reader, server, is_answer=False)),
            asyncio.ensure_future(self._pass_all(answers, caller, is_answer=True)),
        ]
        try:
            await asyncio.gather(*ways)
        except BaseException:
            _reset(server)
            raise
        finally:
            server.close()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass_all(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool) -> None:
        is_ended = False
        while piece := await source.read(PIECE_BYTES):
            if self._fault is Fault.HALF_CLOSE and is_answer and not is_ended:
                sink.write_eof()
                is_ended = True
            if not is_ended:
                await self._pass(piece, sink, is_answer=is_answer)
        await self._until_it_passes()
        if not is_ended:
            sink.write_eof()

    async def _pass(self, piece: bytes, sink: asyncio.StreamWriter, *, is_answer: bool) -> None:
        await self._until_it_passes()
        if self._fault is Fault.LOST_ANSWER and is_answer:
            raise Broken
        if self._fault is Fault.DELAY:
            await self._wait(self._proxy.pace.delay_seconds)
        while piece and self._fault is Fault.TRICKLE:
            sink.write(piece[:1])
            piece = piece[1:]
            await self._wait(self._proxy.pace.byte_seconds)
        await self._until_it_passes()
        sink.write(piece)
        await sink.drain()

    async def _until_it_passes(self) -> None:
        while self._fault is Fault.SILENCE:
            await self._changed.wait()

    async def _wait(self, seconds: float) -> None:
        """For so long, or until the fault changes."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)


def _reset(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket | None = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()


class FaultProxy:
    """Runs the links in a thread of its own; a context manager, after which no port listens."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)
        self._listening: list[tuple[Link, asyncio.Server]] = []

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def link(self, port: int) -> Link:
        """A link to the server at this port of this machine, which need not listen yet."""
        link = Link(self, (HOST, port))
        self._listening.append((link, self.do(link.listen())))
        return link

    def do(self, action: Coroutine[Any, Any, Result]) -> Result:
        """Runs it in the loop of the links."""
        done: Future[Result] = asyncio.run_coroutine_threadsafe(action, self._loop)
        return done.result(CONTROL_SECONDS)

    async def _end(self) -> None:
        for _, server in self._listening:
            server.close()
        # A connection that was accepted just now is served first, so that it is ended with the others.
        await asyncio.sleep(SETTLING_SECONDS)
        for link, _ in self._listening:
            await link.end_connections()
