"""Outgoing webhooks to the client service: the rows that say what must still be told (DESIGN section 5)."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.jobs import enqueue
from ticketing.db.tables import webhook_deliveries
from ticketing.observability import current_trace

DELIVERY_JOB = "webhook.deliver"

DeliveryType = Literal["booking.updated", "waitlist.updated"]


def delivery_job_key(delivery_id: UUID, attempts_made: int) -> str:
    """One job per attempt, however often it is asked for."""
    return f"{DELIVERY_JOB}:{delivery_id}:{attempts_made}"


async def add_delivery(
    connection: AsyncConnection,
    *,
    type: DeliveryType,
    subject_id: UUID,
    subject_version: int,
    data: dict[str, Any],
) -> UUID:
    """Tell the client service of a change, at least once, if this transaction commits; answers the delivery's id.

    `data` is the whole representation. A document's link is left out here and filled in when sending, since it lives
    for minutes only.
    """
    delivery_id = uuid4()
    trace = current_trace()
    await connection.execute(
        sa.insert(webhook_deliveries),
        {
            "id": delivery_id,
            "type": type,
            "subject_id": subject_id,
            "subject_version": subject_version,
            "data": data,
            "request_id": trace.request_id if trace else None,
            "traceparent": trace.traceparent if trace else None,
        },
    )
    await enqueue(
        connection,
        DELIVERY_JOB,
        {"delivery_id": delivery_id},
        dedupe_key=delivery_job_key(delivery_id, attempts_made=0),
    )
    return delivery_id
