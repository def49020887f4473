"""The sale of an event in SQL: the rule of `domain/sale.py`, at the start time of the transaction."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.statements import read_statement
from ticketing.db.tables import events
from ticketing.domain.sale import OVER, Sale

SALE_SQL = read_statement("sale")
"""An expression over a row of `events`; also part of `take_seats.sql`."""

IS_OVER_SQL = f"{SALE_SQL} IN ({', '.join(repr(sale.value) for sale in sorted(OVER))})"

is_over = sa.literal_column(IS_OVER_SQL, sa.Boolean)
"""Whether the sale of the event in `events` is over."""


async def sale_of(connection: AsyncConnection, event_id: UUID) -> Sale | None:
    """Returns the state of the event's sale, or None if there is no such event.

    Takes a shared lock on the event: a cancellation of the event waits for this transaction, or this one sees it.
    """
    query = (
        sa.select(sa.literal_column(SALE_SQL, sa.Text))
        .where(events.c.id == event_id)
        .with_for_update(key_share=True, read=True)
    )
    sale = (await connection.execute(query)).scalar_one_or_none()
    return None if sale is None else Sale(sale)
