"""Delivers webhook events from the outbox to their receiver (docs/booking.md, Webhooks)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from servicekit.crash_points import crash_point
from servicekit.db.due_rows import Places
from servicekit.db.outbox import ClaimedDelivery
from servicekit.http.webhooks import TIMEOUT_SECONDS, send
from servicekit.lanes import Work
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db import deliveries, webhook_config, work
from payments.db.deliveries import DELIVERY_LIST, OUTBOX, Body, InvoiceDelivery
from payments.services import Services

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 5)
"""Longer than an attempt can take, so that two workers never make the same attempt."""

HELD = timedelta(hours=1)
"""How long a due delivery is held back while sending is disabled. Enabling sending resumes it at once."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A claimed delivery and the URL that it is sent to."""

    claimed: ClaimedDelivery[Body]
    url: str


async def claim_deliveries(services: Services, connection: AsyncConnection, places: Places) -> list[Work[Sending]]:
    """Claims deliveries whose attempt is due; while sending is disabled, holds them back instead."""
    config = await webhook_config.read(connection, services.settings.webhook_url)
    if config.disabled_at is not None:
        await deliveries.hold_back_due(connection, HELD)
        return []
    claimed = await work.DUE_DELIVERIES.claim(connection, lease=LEASE, limit=places.free)
    return [Work(Sending(each.item, config.url), each.name, each.trace, each.has_failed) for each in claimed]


async def deliver(services: Services, sending: Sending) -> None:
    """Makes one attempt, outside of any transaction, and records its outcome."""
    claimed = sending.claimed
    secret = services.settings.webhook_secret.get_secret_value()
    outcome = await send(services.http, sending.url, secret, str(claimed.id), claimed.message.body)
    crash_point("invoice.webhook-sent")
    verdict = claimed.judge(outcome)
    async with services.engine.begin() as connection:
        await OUTBOX.record(connection, claimed, outcome, verdict)
        if outcome.is_gone:
            await webhook_config.disable(connection, sending.url)
    claimed.log_attempt(outcome, verdict)


async def request_redelivery(services: Services, delivery_id: UUID) -> InvoiceDelivery:
    """Schedules a new attempt for a DELIVERED or DEAD delivery; raises DeliveryStillTriedError while it is PENDING."""
    async with services.engine.begin() as connection:
        delivery = await DELIVERY_LIST.redeliver(connection, delivery_id)
    services.bell.ring()
    return delivery
