"""Starts real HTTP servers inside a test, each on a free port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from devstack.waiting import wait_until

LONGER_THAN_ALL_TESTS = 24 * 3600


@asynccontextmanager
async def serve(app: Any) -> AsyncIterator[str]:
    """Serves an ASGI application whose lifespan has started; yields its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        http="httptools",
        # The loop of a harness stops between tests; its connections must not time out meanwhile.
        timeout_keep_alive=LONGER_THAN_ALL_TESTS,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
