"""Delivering what the client service must be told (DESIGN section 5)."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from ticketing.crash_points import crash_point
from ticketing.db import deliveries, delivery_list
from ticketing.db.deliveries import ClaimedDelivery
from ticketing.db.delivery_list import Delivery
from ticketing.db.failures import storable
from ticketing.domain.delivery import AttemptOutcome, DeliveryState, DeliveryStillTriedError, judge
from ticketing.domain.errors import NotFoundError
from ticketing.domain.work import Loop
from ticketing.integrations.client_webhooks import TIMEOUT_SECONDS, Message, send
from ticketing.services import Services
from ticketing.usecases.work_items import count_failed

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 5)
"""Longer than an attempt can take, so that two workers never make the same one."""

OVERDUE = timedelta(seconds=5)
"""A job that exists is taken up far sooner than this."""

SWEEP_LIMIT = 500

log = structlog.get_logger()


async def deliver(services: Services, delivery_id: UUID) -> None:
    """Make the attempt that is due, outside of any transaction, and store what came of it."""
    async with services.engine.begin() as connection:
        claimed = await deliveries.claim_attempt(connection, delivery_id, LEASE)
    if claimed is None:
        return
    outcome = await _attempt(services, claimed)
    crash_point("delivery.sent")
    verdict = judge(outcome, attempt=claimed.attempt, chance=random.random())
    async with services.engine.begin() as connection:
        await deliveries.record_attempt(connection, claimed, outcome, verdict)
    log.info(
        "delivery.attempted",
        delivery_id=str(claimed.id),
        type=claimed.type,
        attempt=claimed.attempt,
        status_code=outcome.status_code,
        state=verdict.state,
    )


async def _attempt(services: Services, claimed: ClaimedDelivery) -> AttemptOutcome:
    """What came of it. A defect of ours is a failed attempt too, so that it is retried on schedule and given up at
    last.
    """
    try:
        data = await _with_document_link(services, claimed)
        crash_point("delivery.claimed")
        message = Message(claimed.id, claimed.type, claimed.created_at, data)
        return await send(services.http, services.settings, message)
    except Exception as error:
        log.exception("delivery.not-sent", delivery_id=str(claimed.id), attempt=claimed.attempt)
        await count_failed(services, Loop.DELIVERIES, str(claimed.id), error)
        return AttemptOutcome(None, 0, storable(f"not sent: {error!r}"))


async def _with_document_link(services: Services, claimed: ClaimedDelivery) -> dict[str, Any]:
    told = claimed.data.get("document")
    if claimed.type != "booking.updated" or told is None:
        return claimed.data
    async with services.engine.connect() as connection:
        stored = await deliveries.find_document(connection, claimed.subject_id)
    if stored is None or stored.sha256 != told["sha256"]:
        # An older state of the booking: its document was replaced, and a later delivery tells of the new one.
        return claimed.data
    link = services.object_store.presign(
        stored.key,
        filename=f"{stored.kind.lower()}-{claimed.subject_id}.pdf",
        expires=timedelta(seconds=services.settings.ticket_link_seconds),
    )
    return {**claimed.data, "document": {**told, "url": link.url, "url_expires_at": link.expires_at}}


async def sweep_deliveries(services: Services) -> None:
    """Find attempts whose jobs were lost."""
    async with services.engine.begin() as connection:
        found = await deliveries.ask_for_overdue_attempts(connection, overdue=OVERDUE, limit=SWEEP_LIMIT)
    if found:
        log.warning("delivery.overdue", found=found)


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
