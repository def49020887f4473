"""Delivering what the receiver must be told (DESIGN section 5)."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

import structlog

from payments.crash_points import crash_point
from payments.db import deliveries, delivery_list, webhook_config
from payments.db.deliveries import ClaimedDelivery
from payments.db.delivery_list import Delivery
from payments.domain.delivery import DeliveryState, judge
from payments.domain.errors import DeliveryStillTriedError, NotFoundError
from payments.gateway.webhooks import TIMEOUT_SECONDS, Message, send
from payments.observability import tracing
from payments.services import Services

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 5)
"""Longer than an attempt can take, so that two workers never make the same one."""

HELD = timedelta(hours=1)
"""While sending is disabled; enabling it does not wait for this."""

log = structlog.get_logger()


async def deliver(services: Services, delivery_id: UUID) -> None:
    """Make the attempt that is due, outside of any transaction, and store what came of it."""
    async with services.engine.begin() as connection:
        config = await webhook_config.read(connection, services.settings.webhook_url)
        if config.disabled_at is not None:
            await deliveries.hold_back(connection, delivery_id, HELD)
            return
        claimed = await deliveries.claim_attempt(connection, delivery_id, LEASE)
    if claimed is not None:
        with tracing(claimed.trace):
            await _attempt(services, config.url, claimed)


async def _attempt(services: Services, url: str, claimed: ClaimedDelivery) -> None:
    secret = services.settings.webhook_secret.get_secret_value()
    outcome = await send(services.http, url, secret, Message(str(claimed.id), claimed.body))
    crash_point("invoice.told")
    verdict = judge(outcome, attempt=claimed.attempt - claimed.round_began_after, chance=random.random())
    async with services.engine.begin() as connection:
        await deliveries.record_attempt(connection, claimed, outcome, verdict)
        if outcome.is_gone:
            await webhook_config.disable(connection, url)
    log.info(
        "delivery.attempted",
        delivery_id=str(claimed.id),
        type=claimed.type,
        attempt=claimed.attempt,
        status_code=outcome.status_code,
        state=verdict.state,
    )


async def redeliver(services: Services, delivery_id: UUID) -> Delivery:
    """Attempt a DELIVERED or DEAD delivery once more; DeliveryStillTriedError while it is PENDING."""
    async with services.engine.begin() as connection:
        state = await delivery_list.lock_state(connection, delivery_id)
        if state is None:
            raise NotFoundError(f"There is no delivery {delivery_id}.")
        if state == DeliveryState.PENDING:
            raise DeliveryStillTriedError("This delivery is PENDING: it is tried by itself.")
        await delivery_list.start_again(connection, delivery_id)
        return (await delivery_list.list_deliveries(connection, delivery_id=delivery_id))[0]
