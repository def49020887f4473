"""A receiver of webhooks by the contract: it verifies and stores them, and answers as the test decides."""

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
class ReceivedWebhook:
    """One webhook whose signature was verified."""

    webhook_id: str
    body: dict[str, Any]
    headers: dict[str, str]
    content: bytes


@dataclass
class WebhookReceiver:
    """Answers with the `statuses` in turn, then with 204; while `may_answer` is clear, it does not answer."""

    secret: str
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[ReceivedWebhook] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def types(self) -> list[str]:
        return [each.body["type"] for each in self.received]

    async def answer(self, request: web.Request) -> web.Response:
        """Verifies and stores one webhook, then answers."""
        content = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = Webhook(self.secret).verify(content, headers)
        self.received.append(ReceivedWebhook(headers["webhook-id"], body, headers, content))
        await self.may_answer.wait()
        status = self.statuses.pop(0) if self.statuses else 204
        return web.Response(status=status) if status == 204 else web.Response(status=status, text="not now")


@asynccontextmanager
async def running_receiver(secret: str) -> AsyncIterator[WebhookReceiver]:
    """Runs a receiver on a real socket."""
    receiver = WebhookReceiver(secret)
    receiver.may_answer.set()
    app = web.Application()
    app.router.add_post("/webhooks/payment", receiver.answer)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/webhooks/payment"))
        yield receiver
