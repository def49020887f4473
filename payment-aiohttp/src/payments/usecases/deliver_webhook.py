"""Delivering what the receiver must be told (DESIGN section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from servicekit.crash_points import crash_point
from servicekit.db.outbox import ClaimedDelivery
from servicekit.lanes import Work
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db import deliveries, webhook_config, work
from payments.db.deliveries import DELIVERIES, OUTBOX, Body, InvoiceDelivery
from payments.gateway.webhooks import TIMEOUT_SECONDS, Message, send
from payments.services import Services

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 5)
"""Longer than an attempt can take, so that two workers never make the same one."""

HELD = timedelta(hours=1)
"""While sending is disabled; enabling it does not wait for this."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A claimed delivery, and where it goes."""

    claimed: ClaimedDelivery[Body]
    url: str


async def claim_deliveries(services: Services, connection: AsyncConnection, limit: int) -> list[Work[Sending]]:
    """Claim attempts that are due; while sending is disabled, hold them back instead."""
    config = await webhook_config.read(connection, services.settings.webhook_url)
    if config.disabled_at is not None:
        await deliveries.hold_back_due(connection, HELD)
        return []
    claimed = await work.DELIVERIES.claim(connection, lease=LEASE, limit=limit)
    return [Work(Sending(each.item, config.url), each.name, each.trace, each.has_failed) for each in claimed]


async def deliver(services: Services, sending: Sending) -> None:
    """Make the attempt, outside of any transaction, and store what came of it."""
    claimed = sending.claimed
    secret = services.settings.webhook_secret.get_secret_value()
    outcome = await send(services.http, sending.url, secret, Message(str(claimed.id), claimed.message.body))
    crash_point("invoice.told")
    verdict = claimed.judge(outcome)
    async with services.engine.begin() as connection:
        await OUTBOX.record(connection, claimed, outcome, verdict)
        if outcome.is_gone:
            await webhook_config.disable(connection, sending.url)
    claimed.log_attempt(outcome, verdict)


async def redeliver(services: Services, delivery_id: UUID) -> InvoiceDelivery:
    """Attempt a DELIVERED or DEAD delivery once more; DeliveryStillTriedError while it is PENDING."""
    async with services.engine.begin() as connection:
        delivery = await DELIVERIES.redeliver(connection, delivery_id)
    services.bell.ring()
    return delivery
