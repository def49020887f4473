"""Doing the workers' work step by step."""

from __future__ import annotations

import asyncio
from dataclasses import replace
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
from ticketing.usecases.worker.lanes import BOOKING_LANES, POSITIONS


async def do_due(services: Services, *lanes: AnyLane[Services]) -> None:
    """Take up what is due in the lanes, as one worker would, and finish it."""

    async def run(runner: LaneRunner[Services, Any]) -> None:
        await runner.take_up()
        await runner.finish()

    await asyncio.gather(*(run(LaneRunner(lane, services)) for lane in lanes))


async def do_due_bookings(services: Services) -> None:
    """One step of each booking for which one is due, as far as a worker has places."""
    await do_due(services, *BOOKING_LANES)


async def tell_all_positions(services: Services) -> None:
    """Everybody behind a place that has become free is told."""
    await do_due(services, replace(POSITIONS, at_once=1000))


async def advance_booking(services: Services, booking_id: UUID) -> None:
    """The steps of one booking, one after the other, until none is due. One that fails raises its error."""
    is_it = bookings.c.id == booking_id
    while True:
        async with services.engine.begin() as connection:
            claimed = await claim_steps(connection, is_it, lease=advance.LEASE, limit=1)
        if not claimed:
            return
        await advance.advance(services, claimed[0])


async def deliver(services: Services, delivery_id: UUID) -> None:
    """The attempt to deliver it, if one is due."""
    is_it = webhook_deliveries.c.id == delivery_id
    async with services.engine.begin() as connection:
        claimed = await OUTBOX.claim_due(connection, is_it, lease=deliver_webhook.LEASE, limit=1)
    for attempt in claimed:
        with tracing(attempt.trace):
            await deliver_webhook.deliver(services, attempt)
