"""A receiver of webhooks in place of the client service: it verifies and stores each, and answers as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from support.server import serve


@dataclass
class ReceivedWebhook:
    """One verified webhook."""

    webhook_id: str
    body: dict[str, Any]
    headers: dict[str, str]


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class WebhookReceiver:
    """Answers with each of `statuses` once, each for an event, then with 204."""

    secret: str
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    at_once: asyncio.Semaphore | None = None
    """How many webhooks it works on at the same time, each for `seconds`; None for any number."""
    seconds: float = 0
    begun: list[str] = field(default_factory=list)
    """The ids of all webhooks that have arrived, in order; those of a batch arrive together."""
    received: list[ReceivedWebhook] = field(default_factory=list)
    """Those that were worked on."""
    may_answer: asyncio.Event = field(default_factory=_set)
    """While it is clear, nothing is worked on or answered."""
    requests: int = 0

    async def answer(self, request: Request) -> Response:
        """Verifies and stores one webhook, and answers it."""
        content = await request.body()
        headers = dict(request.headers)
        body = Webhook(self.secret).verify(content, headers)
        self.requests += 1
        if body["type"] == "batch":
            items = body["data"]["items"]
            self.begun += [item["id"] for item in items]
            for item in items:
                await self._store(item["id"], item, headers)
            return JSONResponse({"items": [{"id": item["id"], "status": self._next_status()} for item in items]})
        self.begun.append(headers["webhook-id"])
        await self._store(headers["webhook-id"], body, headers)
        status = self._next_status()
        return Response(status_code=204) if status == 204 else PlainTextResponse("not now", status)

    async def _store(self, webhook_id: str, body: dict[str, Any], headers: dict[str, str]) -> None:
        await self.may_answer.wait()
        async with self.at_once or nullcontext():
            await asyncio.sleep(self.seconds)
            self.received.append(ReceivedWebhook(webhook_id, body, headers))

    def _next_status(self) -> int:
        return self.statuses.pop(0) if self.statuses else 204


@asynccontextmanager
async def receive_webhooks(secret: str) -> AsyncIterator[WebhookReceiver]:
    """Starts a receiver on a real socket."""
    receiver = WebhookReceiver(secret)
    app = Starlette(routes=[Route("/webhooks/ticket", receiver.answer, methods=["POST"])])
    async with serve(app) as url:
        receiver.url = f"{url}/webhooks/ticket"
        yield receiver
