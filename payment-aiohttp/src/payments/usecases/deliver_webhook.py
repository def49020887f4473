"""Delivers webhook events from the outbox to their receiver (docs/booking.md, Webhooks)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from servicekit.crash_points import crash_point
from servicekit.db.due_rows import Places
from servicekit.db.outbox import Attempted, ClaimedDelivery
from servicekit.http.webhook_batches import Event, send_events
from servicekit.http.webhooks import TIMEOUT_SECONDS, Receiver, send
from servicekit.lanes import Left, Work
from servicekit.record_attempts import Record, record_attempt, record_attempts
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db import deliveries, webhook_config, work
from payments.db.deliveries import DELIVERY_LIST, OUTBOX, Body, InvoiceDelivery
from payments.services import Services

LEASE = timedelta(seconds=2 * TIMEOUT_SECONDS + 5)
"""Longer than an attempt can take, first in a batch and then alone, so that two workers never make the same attempt."""

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
    return [
        Work(Sending(each.item, config.url), each.name, each.trace, each.has_failed, alone=each.alone)
        for each in claimed
    ]


async def deliver(services: Services, sending: Sending) -> None:
    """Makes one attempt, outside of any transaction, and records its outcome."""
    claimed = sending.claimed
    outcome = await send(services.http, _receiver(services, sending.url), str(claimed.id), claimed.message.body)
    crash_point("invoice.webhook-sent")
    await record_attempt(services.engine, claimed, outcome, _record_at(sending.url))


async def deliver_together(services: Services, sendings: Sequence[Sending]) -> Sequence[Left | Exception]:
    """Makes the first attempts of several deliveries in one request, and records their outcomes.

    Returns what is left of each.
    """
    # They were claimed together, so they have one URL.
    url = sendings[0].url
    claimed = [sending.claimed for sending in sendings]
    events = [Event(each.id, each.message.body, each.trace) for each in claimed]
    outcomes = await send_events(services.http, _receiver(services, url), events)
    crash_point("invoice.webhook-sent")
    return await record_attempts(services.engine, claimed, outcomes, _record_at(url))


def _receiver(services: Services, url: str) -> Receiver:
    return Receiver(url, services.settings.webhook_secret.get_secret_value())


def _record_at(url: str) -> Record[Body]:
    async def record(connection: AsyncConnection, made: Sequence[Attempted[Body]]) -> None:
        await OUTBOX.record(connection, made)
        if any(attempt.outcome.is_gone for attempt in made):
            await webhook_config.disable(connection, url)

    return record


async def request_redelivery(services: Services, delivery_id: UUID) -> InvoiceDelivery:
    """Schedules a new attempt for a DELIVERED or DEAD delivery; raises DeliveryStillTriedError while it is PENDING."""
    async with services.engine.begin() as connection:
        delivery = await DELIVERY_LIST.redeliver(connection, delivery_id)
    services.bell.ring()
    return delivery
