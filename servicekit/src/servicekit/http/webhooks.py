"""Sends webhooks as Standard Webhooks describes (contracts/README.md, Webhooks)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from time import perf_counter

import aiohttp

from servicekit.delivery import AttemptOutcome
from servicekit.signatures import signed_headers
from servicekit.tracing import current_trace

TIMEOUT_SECONDS = 15
ERROR_LENGTH = 300
"""How much of a refusal's body or of an error's text is stored."""


async def send(session: aiohttp.ClientSession, url: str, secret: str, message_id: str, body: str) -> AttemptOutcome:
    """Makes one attempt with a fresh signature; a failure is returned as an outcome, never raised.

    The status alone is the receiver's answer: the body is read only to store the beginning of a refusal.
    `message_id` and `body` are the same at every attempt.
    """
    headers = {**signed_headers(secret, message_id, body, datetime.now(UTC)), **current_trace().headers()}
    started = perf_counter()
    status_code, error = None, None
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            # A redirect does not prove that the receiver has read the event.
            session.post(url, data=body.encode(), headers=headers, allow_redirects=False) as answer,
        ):
            status_code = answer.status
            if not 200 <= answer.status < 300:
                beginning = await answer.content.read(ERROR_LENGTH)
                error = beginning.decode("utf-8", "replace").replace("\x00", "")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
        error = f"{type(failure).__name__}: {failure}"[:ERROR_LENGTH].replace("\x00", "")
    return AttemptOutcome(status_code, round((perf_counter() - started) * 1000), error)
