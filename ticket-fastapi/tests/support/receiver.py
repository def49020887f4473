"""The client service's end of the webhooks, as far as the contract says: it verifies, keeps and answers as told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from support.server import serve


@dataclass
class Received:
    """One request that came in, verified."""

    webhook_id: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Receiver:
    """Answers with `statuses` in turn, then with 204."""

    secret: str
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        """Take one webhook."""
        content = await request.body()
        headers = dict(request.headers)
        body = Webhook(self.secret).verify(content, headers)
        self.received.append(Received(headers["webhook-id"], body, headers))
        status = self.statuses.pop(0) if self.statuses else 204
        return Response(status_code=204) if status == 204 else PlainTextResponse("not now", status)


@asynccontextmanager
async def receive_webhooks(secret: str) -> AsyncIterator[Receiver]:
    """A receiver on a real socket."""
    receiver = Receiver(secret)
    app = Starlette(routes=[Route("/webhooks/ticket", receiver.answer, methods=["POST"])])
    async with serve(app) as url:
        receiver.url = f"{url}/webhooks/ticket"
        yield receiver
