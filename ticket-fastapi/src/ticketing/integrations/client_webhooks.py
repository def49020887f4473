"""Sends webhooks to the client service, as Standard Webhooks describes (contracts/README.md, Webhooks)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from uuid import UUID

import httpx
from pydantic_core import to_json
from servicekit.delivery import AttemptOutcome
from servicekit.signatures import signed_headers
from servicekit.tracing import current_trace

from ticketing.settings import Settings

TIMEOUT_SECONDS = 15
SHOWN = 300
"""How many characters of a refusal are stored."""


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook event: `id` is the same for every attempt, `happened_at` is the time of the change."""

    id: UUID
    type: str
    happened_at: datetime
    data: dict[str, Any]


async def send(http: httpx.AsyncClient, settings: Settings, message: Message) -> AttemptOutcome:
    """Makes one attempt with a fresh signature. A failure is returned as an outcome, never raised."""
    body = to_json({"type": message.type, "timestamp": message.happened_at, "data": message.data}).decode()
    secret = settings.client_webhook_secret.get_secret_value()
    headers = {**signed_headers(secret, str(message.id), body, datetime.now(UTC)), **current_trace().headers()}
    started = perf_counter()
    status_code, error = None, None
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            answer = await http.post(settings.client_webhook_url, content=body, headers=headers, timeout=None)
        status_code = answer.status_code
        error = None if answer.is_success else answer.text[:SHOWN].replace("\x00", "")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as failure:
        error = f"{type(failure).__name__}: {failure}"[:SHOWN]
    return AttemptOutcome(status_code, round((perf_counter() - started) * 1000), error)
