"""Sends webhooks over HTTP by the Standard Webhooks specification (contracts, Webhooks)."""

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
ERROR_LENGTH = 300
"""How much of a refusal's body or of an error's text is stored."""


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook event as it is sent; `id` and `body` are the same at every attempt."""

    id: str
    body: str


async def send(http: aiohttp.ClientSession, url: str, secret: str, message: Message) -> AttemptOutcome:
    """Makes one attempt with a fresh signature; returns every kind of failure as an outcome instead of raising it."""
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
                # A redirect does not prove that the receiver has read the event.
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None),
            ) as answer,
        ):
            status_code = answer.status
            if not 200 <= answer.status < 300:
                text = await answer.content.read(ERROR_LENGTH)
                error = text.decode("utf-8", "replace").replace("\x00", "")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
        error = f"{type(failure).__name__}: {failure}"[:ERROR_LENGTH]
    return AttemptOutcome(status_code, round((perf_counter() - started) * 1000), error)
