"""Whether an event's seats may be sold: its sale window and whether it was cancelled."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import events


class Sale(StrEnum):
    """The sale of an event, now."""

    NOT_OPEN = "NOT_OPEN"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


OVER = frozenset({Sale.CLOSED, Sale.CANCELLED})
"""Nobody in a queue can have a seat any more. One that staff has put off (NOT_OPEN) goes on for those in line."""

_sale = sa.case(
    (events.c.cancelled_at.is_not(None), Sale.CANCELLED),
    (events.c.sales_open_at > sa.func.now(), Sale.NOT_OPEN),
    (events.c.sales_close_at <= sa.func.now(), Sale.CLOSED),
    else_=Sale.OPEN,
)


async def sale_of(connection: AsyncConnection, event_id: UUID) -> Sale | None:
    """The event's sale, None for an unknown event.

    Locks the event, shared: a cancellation of the event waits for this transaction or is seen by it.
    """
    query = sa.select(_sale).where(events.c.id == event_id).with_for_update(key_share=True, read=True)
    sale = (await connection.execute(query)).scalar_one_or_none()
    return None if sale is None else Sale(sale)
