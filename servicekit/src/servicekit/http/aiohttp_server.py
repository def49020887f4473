"""aiohttp's server, whose connections are bounded (`servicekit.http.connections`)."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from servicekit.http.connections import Connection, Connections


async def serve(
    app: web.Application, connections: Connections, *, host: str, port: int, backlog: int, grace_seconds: float
) -> None:
    """Serves until SIGTERM or SIGINT; then finishes the requests under way, for `grace_seconds` at most.

    `app` needs the middleware `report_requests`.
    """
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=grace_seconds)
    try:
        await runner.setup()
        server = await loop.create_server(protocols(runner, connections), host, port, backlog=backlog)
        await stopped.wait()
        server.close()
    finally:
        await runner.cleanup()


def protocols(runner: web.AppRunner, connections: Connections) -> Any:
    """Returns what makes a bounded protocol for each connection, as `create_server` of an event loop takes it."""
    server = runner.server
    if server is None:
        raise ValueError("the runner has not been set up")
    return lambda: _BoundedHandler(server, connections, access_log=None)


@web.middleware
async def report_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Reports the beginning of a request and the end of its body."""
    protocol = request.protocol
    if isinstance(protocol, _BoundedHandler) and protocol.connection:
        protocol.connection.begin_request()
        if request.content.is_eof():
            protocol.connection.end_body()
        else:
            request.content.on_eof(protocol.connection.end_body)
    return await handler(request)


class _BoundedHandler(web.RequestHandler):
    """Reports to `known` what its connection does. A connection that was refused never reaches aiohttp."""

    __slots__ = ("connection", "known")

    def __init__(self, manager: web.Server, known: Connections, **options: Any) -> None:
        super().__init__(manager, loop=asyncio.get_running_loop(), **options)
        self.known = known
        self.connection: Connection | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.connection = self.known.enter(transport)
        if self.connection:
            super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self.connection:
            self.known.leave(self.connection)
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.connection:
            self.connection.receive()
            super().data_received(data)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        finished = await super().finish_response(request, resp, start_time)
        if self.connection:
            self.connection.end_response()
        return finished
