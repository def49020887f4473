"""Sending webhooks: Standard Webhooks over HTTP (contracts, Webhooks)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

import aiohttp
from servicekit.delivery import AttemptOutcome
from servicekit.signatures import signed_headers
from servicekit.tracing import current_trace

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
                headers={
                    **signed_headers(secret, message.id, message.body, datetime.now(UTC)),
                    **current_trace().headers(),
                },
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
