"""Does the work of a worker's lanes step by step."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from servicekit.lanes import AnyLane, LaneRunner
from servicekit.tracing import tracing
from ticketing.db.booking.due_steps import claim_steps
from ticketing.db.tables import bookings, webhook_deliveries
from ticketing.db.webhooks.deliveries import OUTBOX
from ticketing.services import Services
from ticketing.usecases.webhooks import deliver_webhook
from ticketing.usecases.worker import advance
from ticketing.usecases.worker.lanes import BOOKING_LANES


async def run_once(services: Services, *lanes: AnyLane[Services]) -> None:
    """Does once what is due in the lanes, as one worker does."""

    async def run(runner: LaneRunner[Services, Any]) -> None:
        await runner.take_up()
        await runner.finish()

    await asyncio.gather(*(run(LaneRunner(lane, services)) for lane in lanes))


async def run_bookings_once(services: Services) -> None:
    """Does one step of each booking that is due, as far as the lanes have capacity."""
    await run_once(services, *BOOKING_LANES)


async def advance_booking(services: Services, booking_id: UUID) -> None:
    """Does the steps of one booking until none is due; raises the error of a step that fails."""
    is_it = bookings.c.id == booking_id
    while True:
        async with services.engine.begin() as connection:
            claimed = await claim_steps(connection, is_it, lease=advance.LEASE, limit=1)
        if not claimed:
            return
        await advance.advance(services, claimed[0])


async def attempt_delivery(services: Services, delivery_id: UUID) -> None:
    """Makes the attempt of a delivery if one is due."""
    is_it = webhook_deliveries.c.id == delivery_id
    async with services.engine.begin() as connection:
        claimed = await OUTBOX.claim_due(connection, is_it, lease=deliver_webhook.LEASE, limit=1)
    for attempt in claimed:
        with tracing(attempt.trace):
            await deliver_webhook.deliver(services, attempt)
