"""What must happen although nobody asks: every deadline and everything that was left half done (DESIGN section 4,
crash; section 10, rule 7).
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog

from ticketing.db import bookings
from ticketing.services import Services
from ticketing.usecases.advance import advance
from ticketing.usecases.cancel_event import carry_on_operations
from ticketing.usecases.close_queues import close_queues

BATCH = 100
AT_ONCE = 8

log = structlog.get_logger()


async def sweep_bookings(services: Services) -> None:
    """Carry on every booking that is due: stuck, expired, ended but not released, without its document, with a refund
    pending.
    """
    async with services.engine.connect() as connection:
        due = await bookings.due(connection, BATCH)
    slots = asyncio.Semaphore(AT_ONCE)

    async def carry_on(booking_id: UUID) -> None:
        async with slots:
            try:
                await advance(services, booking_id)
            except Exception:
                # One booking that cannot be carried on must not keep the others from it; its lease brings it back.
                log.exception("sweep.booking-failed", booking_id=str(booking_id))

    await asyncio.gather(*(carry_on(booking_id) for booking_id in due))


async def sweep_queues(services: Services) -> None:
    """Close the queues of events whose sale is over, and carry on operations on events that a worker has left."""
    await close_queues(services)
    await carry_on_operations(services)
