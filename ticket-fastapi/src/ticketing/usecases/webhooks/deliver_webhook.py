"""Delivering what the client service must be told (DESIGN section 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from servicekit.crash_points import crash_point
from servicekit.db.outbox import ClaimedDelivery
from servicekit.delivery import AttemptOutcome

from ticketing.db.webhooks import deliveries
from ticketing.db.webhooks.deliveries import DELIVERIES, OUTBOX, Change, SubjectDelivery
from ticketing.db.worker.failures import storable
from ticketing.domain.work import Loop
from ticketing.integrations.client_webhooks import TIMEOUT_SECONDS, Message, send
from ticketing.services import Services
from ticketing.usecases.work_items import count_failed

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 5)
"""Longer than an attempt can take, so that two workers never make the same one."""

log = structlog.get_logger()


async def deliver(services: Services, claimed: ClaimedDelivery[Change]) -> None:
    """Make the attempt that was claimed, outside of any transaction, and store what came of it."""
    outcome = await _attempt(services, claimed)
    crash_point("delivery.sent")
    verdict = claimed.judge(outcome)
    async with services.engine.begin() as connection:
        await OUTBOX.record(connection, claimed, outcome, verdict)
    claimed.log_attempt(outcome, verdict)


async def _attempt(services: Services, claimed: ClaimedDelivery[Change]) -> AttemptOutcome:
    """What came of it. A defect of ours is a failed attempt too, so that it is retried on schedule and given up at
    last.
    """
    try:
        data = await _with_document_link(services, claimed)
        crash_point("delivery.claimed")
        message = Message(claimed.id, claimed.type, claimed.message.created_at, data)
        return await send(services.http, services.settings, message)
    except Exception as error:
        log.exception("delivery.not-sent", delivery_id=str(claimed.id), attempt=claimed.attempt)
        await count_failed(services, Loop.DELIVERIES, str(claimed.id), error)
        return AttemptOutcome(None, 0, storable(f"not sent: {error!r}"))


async def _with_document_link(services: Services, claimed: ClaimedDelivery[Change]) -> dict[str, Any]:
    change = claimed.message
    told = change.data.get("document")
    if claimed.type != "booking.updated" or told is None:
        return change.data
    async with services.engine.connect() as connection:
        stored = await deliveries.find_document(connection, change.subject_id)
    if stored is None or stored.sha256 != told["sha256"]:
        # An older state of the booking: its document was replaced, and a later delivery tells of the new one.
        return change.data
    link = services.object_store.presign(
        stored.key,
        filename=f"{stored.kind.lower()}-{change.subject_id}.pdf",
        expires=timedelta(seconds=services.settings.ticket_link_seconds),
    )
    return {**change.data, "document": {**told, "url": link.url, "url_expires_at": link.expires_at}}


async def redeliver(services: Services, delivery_id: UUID) -> SubjectDelivery:
    """Attempt a DELIVERED or DEAD delivery once more; DeliveryStillTriedError while it is PENDING."""
    async with services.transaction() as connection:
        return await DELIVERIES.redeliver(connection, delivery_id)
