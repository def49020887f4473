"""Delivers webhook events to the client service (docs/booking.md, Webhooks)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from servicekit.crash_points import crash_point
from servicekit.db.engine import reading
from servicekit.db.outbox import ClaimedDelivery
from servicekit.delivery import AttemptOutcome
from servicekit.http.webhook_batches import Event, send_events
from servicekit.http.webhooks import TIMEOUT_SECONDS
from servicekit.lanes import Left
from servicekit.record_attempts import record_attempt, record_attempts

from ticketing.db.webhooks import deliveries
from ticketing.db.webhooks.deliveries import DELIVERIES, OUTBOX, Change, StoredDocument, SubjectDelivery
from ticketing.db.worker.failures import storable
from ticketing.domain.work import Loop
from ticketing.integrations.client_webhooks import event_of, receiver_of
from ticketing.services import Services
from ticketing.usecases.work_items import count_failed

LEASE = timedelta(seconds=2 * TIMEOUT_SECONDS + 5)
"""Longer than an attempt can take, first in a batch and then alone, so that two workers never make the same attempt."""

log = structlog.get_logger()

Claimed = ClaimedDelivery[Change]


async def deliver(services: Services, claimed: Claimed) -> None:
    """Makes the claimed attempt, outside of any transaction, and stores its outcome.

    A defect of this service counts as a failed attempt: it is retried and finally given up.
    """
    try:
        outcome = (await _send(services, [claimed]))[claimed.id]
    except Exception as error:
        log.exception("delivery.failed", delivery_id=str(claimed.id), attempt=claimed.attempt)
        await count_failed(services, Loop.DELIVERIES, str(claimed.id), error)
        outcome = AttemptOutcome(None, 0, storable(f"not sent: {error!r}"))
    await record_attempt(services.engine, claimed, outcome, OUTBOX.record)


async def deliver_together(services: Services, claimed: Sequence[Claimed]) -> Sequence[Left | Exception]:
    """Makes the first attempts of several deliveries in one request, and stores their outcomes.

    Returns what is left of each. If one of them cannot be prepared, it raises, and nothing has been sent.
    """
    outcomes = await _send(services, claimed)
    return await record_attempts(services.engine, claimed, outcomes, OUTBOX.record)


async def _send(services: Services, claimed: Sequence[Claimed]) -> dict[UUID, AttemptOutcome]:
    events = await _events(services, claimed)
    crash_point("delivery.claimed")
    outcomes = await send_events(services.http, receiver_of(services.settings), events)
    crash_point("delivery.sent")
    return outcomes


async def _events(services: Services, claimed: Sequence[Claimed]) -> list[Event]:
    with_documents = [each.message.subject_id for each in claimed if _published_document(each)]
    stored: Mapping[UUID, StoredDocument] = {}
    if with_documents:
        async with reading(services.engine) as connection:
            stored = await deliveries.find_documents(connection, with_documents)
    return [
        event_of(each.id, each.type, each.message.created_at, _with_link(services, each, stored), each.trace)
        for each in claimed
    ]


def _published_document(claimed: Claimed) -> dict[str, Any] | None:
    """Returns the document that the event names, without its link; None if it names none."""
    document: dict[str, Any] | None = claimed.message.data.get("document")
    return document if claimed.type == "booking.updated" else None


def _with_link(services: Services, claimed: Claimed, documents: Mapping[UUID, StoredDocument]) -> dict[str, Any]:
    change = claimed.message
    published, stored = _published_document(claimed), documents.get(change.subject_id)
    if published is None or stored is None or stored.sha256 != published["sha256"]:
        # No document, or it was replaced since this event; a later event carries the new one.
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
