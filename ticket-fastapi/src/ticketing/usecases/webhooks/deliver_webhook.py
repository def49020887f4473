"""Delivers webhook events to the client service (docs/booking.md, Webhooks)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from servicekit.crash_points import crash_point
from servicekit.db.outbox import ClaimedDelivery
from servicekit.delivery import AttemptOutcome
from servicekit.http.webhooks import TIMEOUT_SECONDS

from ticketing.db.webhooks import deliveries
from ticketing.db.webhooks.deliveries import DELIVERIES, OUTBOX, Change, SubjectDelivery
from ticketing.db.worker.failures import storable
from ticketing.domain.work import Loop
from ticketing.integrations.client_webhooks import Message, send
from ticketing.services import Services
from ticketing.usecases.work_items import count_failed

LEASE = timedelta(seconds=TIMEOUT_SECONDS + 5)
"""Longer than an attempt can take, so that two workers never make the same attempt."""

log = structlog.get_logger()


async def deliver(services: Services, claimed: ClaimedDelivery[Change]) -> None:
    """Makes the claimed attempt, outside of any transaction, and stores its outcome."""
    outcome = await _attempt(services, claimed)
    crash_point("delivery.sent")
    verdict = claimed.judge(outcome)
    async with services.engine.begin() as connection:
        await OUTBOX.record(connection, claimed, outcome, verdict)
    claimed.log_attempt(outcome, verdict)


async def _attempt(services: Services, claimed: ClaimedDelivery[Change]) -> AttemptOutcome:
    """Returns the outcome. A defect of this service counts as a failed attempt: it is retried and finally given up."""
    try:
        data = await _with_document_link(services, claimed)
        crash_point("delivery.claimed")
        message = Message(claimed.id, claimed.type, claimed.message.created_at, data)
        return await send(services.http, services.settings, message)
    except Exception as error:
        log.exception("delivery.failed", delivery_id=str(claimed.id), attempt=claimed.attempt)
        await count_failed(services, Loop.DELIVERIES, str(claimed.id), error)
        return AttemptOutcome(None, 0, storable(f"not sent: {error!r}"))


async def _with_document_link(services: Services, claimed: ClaimedDelivery[Change]) -> dict[str, Any]:
    change = claimed.message
    published = change.data.get("document")
    if claimed.type != "booking.updated" or published is None:
        return change.data
    async with services.engine.connect() as connection:
        stored = await deliveries.find_document(connection, change.subject_id)
    if stored is None or stored.sha256 != published["sha256"]:
        # The document was replaced since this event; a later event carries the new one.
        return change.data
    link = services.object_store.presign(
        stored.key,
        filename=f"{stored.kind.lower()}-{change.subject_id}.pdf",
        expires=timedelta(seconds=services.settings.ticket_link_seconds),
    )
    return {**change.data, "document": {**published, "url": link.url, "url_expires_at": link.expires_at}}


async def redeliver(services: Services, delivery_id: UUID) -> SubjectDelivery:
    """Makes a DELIVERED or DEAD delivery due again; raises DeliveryStillTriedError if it is PENDING."""
    async with services.transaction() as connection:
        return await DELIVERIES.redeliver(connection, delivery_id)
