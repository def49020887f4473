"""Sends webhooks to the client service (contracts/README.md, Webhooks)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import aiohttp
from pydantic_core import to_json
from servicekit.delivery import AttemptOutcome
from servicekit.http import webhooks

from ticketing.settings import Settings


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook event: `id` is the same for every attempt, `happened_at` is the time of the change."""

    id: UUID
    type: str
    happened_at: datetime
    data: dict[str, Any]


async def send(http: aiohttp.ClientSession, settings: Settings, message: Message) -> AttemptOutcome:
    """Makes one attempt. A failure is returned as an outcome, never raised."""
    body = to_json({"type": message.type, "timestamp": message.happened_at, "data": message.data}).decode()
    secret = settings.client_webhook_secret.get_secret_value()
    return await webhooks.send(http, settings.client_webhook_url, secret, str(message.id), body)
