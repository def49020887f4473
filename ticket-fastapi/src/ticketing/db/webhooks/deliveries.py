"""The outbox of webhook events for the client service (docs/booking.md, Webhooks)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from servicekit.db.delivery_list import Delivery, DeliveryList
from servicekit.db.outbox import ClaimedDelivery, NewDelivery, Outbox
from servicekit.lanes import Work
from servicekit.tracing import Trace
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import bookings, webhook_attempts, webhook_deliveries

DeliveryType = Literal["booking.updated", "waitlist.updated"]


@dataclass(frozen=True, slots=True)
class Change:
    """A published change: `data` is the complete representation of the subject, `created_at` is when it changed."""

    subject_id: UUID
    data: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectDelivery(Delivery):
    """A delivery, with the booking or waitlist entry that it is about."""

    subject_id: UUID
    subject_version: int


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """The newest document of a booking in the bucket."""

    kind: str
    key: str
    sha256: str


OUTBOX = Outbox(webhook_deliveries, webhook_attempts, Change)
DELIVERIES = DeliveryList(OUTBOX, SubjectDelivery)


IS_BULK: dict[bool, sa.ColumnElement[bool]] = {bulk: webhook_deliveries.c.bulk.is_(bulk) for bulk in (False, True)}
"""The conditions of bulk deliveries, and of the others; each has its part of ix_webhook_deliveries_due."""


def new_delivery(
    trace: Trace,
    *,
    type: DeliveryType,
    subject_id: UUID,
    subject_version: int,
    data: dict[str, Any],
    bulk: bool = False,
) -> NewDelivery:
    """Returns a webhook event that `trace` has caused, for `OUTBOX.add_all`.

    `bulk` is one of many that one action causes, or that nobody waits for: it has places of its own and does not delay
    the others. `data` is the complete representation. The link to a document is added when the event is sent, because
    it expires within minutes.
    """
    columns = {"subject_id": subject_id, "subject_version": subject_version, "data": data, "bulk": bulk}
    return NewDelivery(type, trace, columns)


async def claim_due(
    connection: AsyncConnection, *, bulk: bool, lease: timedelta, limit: int, newest_first: bool
) -> list[Work[ClaimedDelivery[Change]]]:
    """Claims at most `limit` attempts that are due, of bulk or of the others; other workers skip them for `lease`."""
    claimed = await OUTBOX.claim_due(connection, IS_BULK[bulk], lease=lease, limit=limit, newest_first=newest_first)
    return [
        Work(delivery, str(delivery.id), delivery.trace, alone=not delivery.is_first_of_round) for delivery in claimed
    ]


async def find_documents(connection: AsyncConnection, booking_ids: Sequence[UUID]) -> dict[UUID, StoredDocument]:
    """Returns the current document of each booking that has one."""
    columns = (bookings.c.id, bookings.c.document_kind, bookings.c.document_key, bookings.c.document_sha256)
    query = sa.select(*columns).where(bookings.c.id.in_(booking_ids), bookings.c.document_key.is_not(None))
    return {row.id: StoredDocument(*row[1:]) for row in await connection.execute(query)}
