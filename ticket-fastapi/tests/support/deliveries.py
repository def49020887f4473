"""Adds webhook events to the outbox."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from servicekit.tracing import current_trace
from sqlalchemy.ext.asyncio import AsyncConnection
from ticketing.db.webhooks.deliveries import OUTBOX, new_delivery


async def add_delivery(connection: AsyncConnection, **values: Any) -> UUID:
    """Adds an event with the current trace and the arguments of `new_delivery`; returns the id of its delivery."""
    (delivery_id,) = await OUTBOX.add_all(connection, [new_delivery(current_trace(), **values)])
    return delivery_id
