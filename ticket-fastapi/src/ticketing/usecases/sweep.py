"""What must happen although nobody asks: every deadline and everything that was left half done (DESIGN section 4,
crash; section 10, rule 7).
"""

from __future__ import annotations

from servicekit.db.engine import reading

from ticketing.db import bookings
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.usecases.advance import advance
from ticketing.usecases.work_items import for_each

BATCH = 100
AT_ONCE = 8


async def sweep_bookings(services: Services) -> None:
    """Carry on every booking that is due: stuck, expired, ended but not released, without its document, with a refund
    pending.

    A booking that fails is due again later than those behind it (`advance`), so that it does not crowd them out.
    """
    async with reading(services.engine) as connection:
        due = await bookings.due(connection, BATCH)
    await for_each(services, Loop.BOOKINGS, due, lambda booking_id: advance(services, booking_id), at_once=AT_ONCE)
