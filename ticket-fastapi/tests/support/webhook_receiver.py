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
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from support.server import serve


@dataclass
class ReceivedWebhook:
    """One verified webhook."""

    webhook_id: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class WebhookReceiver:
    """Answers with each of `statuses` once, then with 204."""

    secret: str
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    at_once: asyncio.Semaphore | None = None
    """How many webhooks it works on at the same time, each for `seconds`; None for any number."""
    seconds: float = 0
    received: list[ReceivedWebhook] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        """Verifies and stores one webhook, and answers it."""
        content = await request.body()
        headers = dict(request.headers)
        body = Webhook(self.secret).verify(content, headers)
        async with self.at_once or nullcontext():
            await asyncio.sleep(self.seconds)
            self.received.append(ReceivedWebhook(headers["webhook-id"], body, headers))
        status = self.statuses.pop(0) if self.statuses else 204
        return Response(status_code=204) if status == 204 else PlainTextResponse("not now", status)


@asynccontextmanager
async def receive_webhooks(secret: str) -> AsyncIterator[WebhookReceiver]:
    """Starts a receiver on a real socket."""
    receiver = WebhookReceiver(secret)
    app = Starlette(routes=[Route("/webhooks/ticket", receiver.answer, methods=["POST"])])
    async with serve(app) as url:
        receiver.url = f"{url}/webhooks/ticket"
        yield receiver
