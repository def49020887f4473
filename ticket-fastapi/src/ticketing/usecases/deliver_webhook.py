"""Delivering what the client service must be told (DESIGN section 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from servicekit.crash_points import crash_point
from servicekit.db.outbox import ClaimedDelivery
from servicekit.delivery import AttemptOutcome
from servicekit.tracing import tracing

from ticketing.db import deliveries
from ticketing.db.deliveries import DELIVERIES, OUTBOX, Change, SubjectDelivery
from ticketing.db.failures import storable
from ticketing.domain.work import Loop
from ticketing.integrations.client_webhooks import TIMEOUT_SECONDS, Message, send
from ticketing.services import Services
from ticketing.usecases.work_items import count_failed, for_each

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 5)
"""Longer than an attempt can take, so that two workers never make the same one."""

OVERDUE = timedelta(seconds=5)
"""A job that exists is taken up far sooner than this."""

SWEEP_LIMIT = 200
SWEEP_AT_ONCE = 8

log = structlog.get_logger()


async def deliver(services: Services, delivery_id: UUID) -> None:
    """Make the attempt that is due, outside of any transaction, and store what came of it."""
    async with services.engine.begin() as connection:
        claimed = await OUTBOX.claim(connection, delivery_id, LEASE)
    if claimed is not None:
        with tracing(claimed.trace):
            await _make(services, claimed)


async def _make(services: Services, claimed: ClaimedDelivery[Change]) -> None:
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


async def sweep_deliveries(services: Services) -> None:
    """Make attempts whose jobs were lost: here and now, since a lost job may still count as running for a while."""
    async with services.engine.connect() as connection:
        found = await OUTBOX.overdue(connection, overdue=OVERDUE, limit=SWEEP_LIMIT)
    if found:
        log.warning("delivery.overdue", found=len(found))
    await for_each(services, Loop.DELIVERIES, found, lambda id_: deliver(services, id_), at_once=SWEEP_AT_ONCE)


async def redeliver(services: Services, delivery_id: UUID) -> SubjectDelivery:
    """Attempt a DELIVERED or DEAD delivery once more; DeliveryStillTriedError while it is PENDING."""
    async with services.engine.begin() as connection:
        return await DELIVERIES.redeliver(connection, delivery_id)
