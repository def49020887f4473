"""How webhooks are sent to the client service (contracts/README.md, Webhooks)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from servicekit.http.webhook_batches import Event
from servicekit.http.webhooks import Receiver
from servicekit.tracing import Trace

from ticketing.settings import Settings


def receiver_of(settings: Settings) -> Receiver:
    """Returns the client service as a receiver of webhooks."""
    return Receiver(settings.client_webhook_url, settings.client_webhook_secret.get_secret_value())


def event_of(id_: UUID, type_: str, happened_at: datetime, data: dict[str, Any], trace: Trace) -> Event:
    """Returns a webhook event: `id_` is the same for every attempt, `happened_at` is the time of the change."""
    return Event(id_, to_json({"type": type_, "timestamp": happened_at, "data": data}).decode(), trace)
