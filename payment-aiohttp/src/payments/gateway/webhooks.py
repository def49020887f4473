"""Sending webhooks: Standard Webhooks over HTTP (contracts, Webhooks)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

import aiohttp
from standardwebhooks import Webhook

from payments.domain.delivery import AttemptOutcome
from payments.observability import current_trace

TIMEOUT_SECONDS = 15
SHOWN = 300
"""Bytes of a refusal that are kept."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: `id` and `body` are the same at every attempt."""

    id: str
    body: str


async def send(http: aiohttp.ClientSession, url: str, secret: str, message: Message) -> AttemptOutcome:
    """Make one attempt, signed now; every way to fail is an outcome, none an error."""
    started = perf_counter()
    status_code, error = None, None
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            http.post(
                url,
                data=message.body.encode(),
                headers=signed_headers(secret, message, datetime.now(UTC)),
                # A redirect is no promise that anybody has read it.
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None),
            ) as answer,
        ):
            status_code = answer.status
            if not 200 <= answer.status < 300:
                shown = await answer.content.read(SHOWN)
                error = shown.decode("utf-8", "replace").replace("\x00", "")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
        error = f"{type(failure).__name__}: {failure}"[:SHOWN]
    return AttemptOutcome(status_code, round((perf_counter() - started) * 1000), error)


def signed_headers(secret: str, message: Message, now: datetime) -> dict[str, str]:
    """The headers of an attempt that is made at `now`."""
    return {
        "content-type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message.id, now, message.body),
        **current_trace().headers(),
    }
