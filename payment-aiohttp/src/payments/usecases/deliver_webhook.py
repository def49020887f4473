"""Delivering what the receiver must be told (DESIGN section 5)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from servicekit.crash_points import crash_point
from servicekit.db.outbox import ClaimedDelivery
from servicekit.tracing import tracing

from payments.db import deliveries, webhook_config
from payments.db.deliveries import DELIVERIES, OUTBOX, Body, InvoiceDelivery
from payments.gateway.webhooks import TIMEOUT_SECONDS, Message, send
from payments.services import Services

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 5)
"""Longer than an attempt can take, so that two workers never make the same one."""

HELD = timedelta(hours=1)
"""While sending is disabled; enabling it does not wait for this."""


async def deliver(services: Services, delivery_id: UUID) -> None:
    """Make the attempt that is due, outside of any transaction, and store what came of it."""
    async with services.engine.begin() as connection:
        config = await webhook_config.read(connection, services.settings.webhook_url)
        if config.disabled_at is not None:
            await deliveries.hold_back(connection, delivery_id, HELD)
            return
        claimed = await OUTBOX.claim(connection, delivery_id, LEASE)
    if claimed is not None:
        with tracing(claimed.trace):
            await _attempt(services, config.url, claimed)


async def _attempt(services: Services, url: str, claimed: ClaimedDelivery[Body]) -> None:
    secret = services.settings.webhook_secret.get_secret_value()
    outcome = await send(services.http, url, secret, Message(str(claimed.id), claimed.message.body))
    crash_point("invoice.told")
    verdict = claimed.judge(outcome)
    async with services.engine.begin() as connection:
        await OUTBOX.record(connection, claimed, outcome, verdict)
        if outcome.is_gone:
            await webhook_config.disable(connection, url)
    claimed.log_attempt(outcome, verdict)


async def redeliver(services: Services, delivery_id: UUID) -> InvoiceDelivery:
    """Attempt a DELIVERED or DEAD delivery once more; DeliveryStillTriedError while it is PENDING."""
    async with services.engine.begin() as connection:
        return await DELIVERIES.redeliver(connection, delivery_id)
