"""The receiving end of the webhooks, as far as the contract says: it verifies, keeps and answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook


@dataclass
class Received:
    """One request that came in, verified."""

    webhook_id: str
    body: dict[str, Any]
    headers: dict[str, str]
    content: bytes


@dataclass
class Receiver:
    """Answers with `statuses` in turn, then with 204; while `hold` is clear, it lets the sender wait."""

    secret: str
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def types(self) -> list[str]:
        return [each.body["type"] for each in self.received]

    async def answer(self, request: web.Request) -> web.Response:
        """Take one webhook."""
        content = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = Webhook(self.secret).verify(content, headers)
        self.received.append(Received(headers["webhook-id"], body, headers, content))
        await self.hold.wait()
        status = self.statuses.pop(0) if self.statuses else 204
        return web.Response(status=status) if status == 204 else web.Response(status=status, text="not now")


@asynccontextmanager
async def receive_webhooks(secret: str) -> AsyncIterator[Receiver]:
    """A receiver on a real socket."""
    receiver = Receiver(secret)
    receiver.hold.set()
    app = web.Application()
    app.router.add_post("/webhooks/payment", receiver.answer)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/webhooks/payment"))
        yield receiver
