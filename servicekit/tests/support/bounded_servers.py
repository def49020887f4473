"""The servers of our services, in front of one small application: what they do with a connection is the same."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from aiohttp import web
from servicekit.http.aiohttp_server import protocols, report_requests
from servicekit.http.connections import Connections
from servicekit.http.uvicorn_protocol import bounded
from servicekit.settings import ConnectionSettings
from starlette.types import Receive, Scope, Send

from devstack.waiting import wait_until

LARGE = bytes(16 * 2**20)
"""More than the kernel keeps for a connection."""
SLOW_SECONDS = 1.5


@dataclass
class BoundedServer:
    """A server that runs, and the connections that it has ended, by reason."""

    port: int
    ended: Counter[str] = field(default_factory=Counter)

    async def connect(self, sender: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Opens a connection from this address."""
        return await asyncio.open_connection("127.0.0.1", self.port, local_addr=(sender, 0))

    async def status(self, path: str = "/", sender: str = "127.0.0.2") -> int:
        """Returns the status of the answer to a request over a connection of its own."""
        reader, writer = await self.connect(sender)
        try:
            writer.write(request("GET", path))
            return int((await reader.readuntil(b"\r\n\r\n"))[9:12])
        finally:
            writer.close()


Serve = Callable[[ConnectionSettings], AbstractAsyncContextManager[BoundedServer]]


def request(method: str, path: str, *headers: str) -> bytes:
    """Returns the head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: example.com", *headers, "", ""]).encode()


@asynccontextmanager
async def with_aiohttp(settings: ConnectionSettings) -> AsyncIterator[BoundedServer]:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/refuses":
            return web.Response(status=413)
        if request.path == "/slow":
            await asyncio.sleep(SLOW_SECONDS)
        received = await request.read()
        return web.Response(body=LARGE if request.path == "/large" else json.dumps(len(received)).encode())

    app = web.Application(middlewares=[report_requests])
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    ended: Counter[str] = Counter()
    connections = Connections(settings, on_ended=lambda reason: ended.update([reason]))
    server = await asyncio.get_running_loop().create_server(protocols(runner, connections), "127.0.0.1", 0)
    try:
        yield BoundedServer(server.sockets[0].getsockname()[1], ended)
    finally:
        server.close()
        await runner.cleanup()


@asynccontextmanager
async def with_uvicorn(settings: ConnectionSettings) -> AsyncIterator[BoundedServer]:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path, received = scope["path"], 0
        if path == "/slow":
            await asyncio.sleep(SLOW_SECONDS)
        more = path != "/refuses"
        while more:
            message = await receive()
            received += len(message.get("body", b""))
            more = message.get("more_body", False)
        body = LARGE if path == "/large" else json.dumps(received).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        status = 413 if path == "/refuses" else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    listener = socket.create_server(("127.0.0.1", 0))
    ended: Counter[str] = Counter()
    connections = Connections(settings, on_ended=lambda reason: ended.update([reason]))
    server = uvicorn.Server(
        uvicorn.Config(
            answer,
            lifespan="off",
            log_config=None,
            http=bounded(connections),
            timeout_keep_alive=3600,
            timeout_graceful_shutdown=1,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await wait_until(lambda: server.started)
        yield BoundedServer(listener.getsockname()[1], ended)
    finally:
        server.should_exit = True
        await serving


SERVERS: dict[str, Serve] = {"aiohttp": with_aiohttp, "uvicorn": with_uvicorn}
