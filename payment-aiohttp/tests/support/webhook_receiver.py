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
    """Answers with the `statuses` in turn, each for an event, then with 204; waits while `may_answer` is clear.

    It knows batches unless `knows_batches` is False; then it answers each with the next status, like a single event.
    """

    secret: str
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[ReceivedWebhook] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    knows_batches: bool = True
    requests: int = 0
    cut_batches: int = 0
    """So many of the next batches are received, and then the connection is cut without an answer."""
    unnamed: set[str] = field(default_factory=set)
    """Items that the answer to a batch leaves out."""

    @property
    def types(self) -> list[str]:
        return [each.body["type"] for each in self.received]

    async def answer(self, request: web.Request) -> web.Response:
        """Verifies and stores one webhook, or each of a batch, then answers."""
        content = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = Webhook(self.secret).verify(content, headers)
        self.requests += 1
        is_batch = body["type"] == "batch" and self.knows_batches
        if is_batch:
            self.received += [_received(item, headers) for item in body["data"]["items"]]
        else:
            self.received.append(ReceivedWebhook(headers["webhook-id"], body, headers, content))
        await self.may_answer.wait()
        if is_batch and self.cut_batches:
            self.cut_batches -= 1
            if request.transport:
                request.transport.abort()
        if is_batch:
            ids = [item["id"] for item in body["data"]["items"] if item["id"] not in self.unnamed]
            return web.json_response({"items": [{"id": id_, "status": self._next_status()} for id_ in ids]})
        status = self._next_status()
        return web.Response(status=status) if status == 204 else web.Response(status=status, text="not now")

    def _next_status(self) -> int:
        return self.statuses.pop(0) if self.statuses else 204


def _received(item: dict[str, Any], headers: dict[str, str]) -> ReceivedWebhook:
    """Returns an item of a batch as if it had come alone."""
    own = {"webhook-id": item["id"], "x-request-id": item["request_id"], "traceparent": item["traceparent"]}
    body = {name: item[name] for name in ("type", "timestamp", "data")}
    return ReceivedWebhook(item["id"], body, {**headers, **own}, b"")


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
