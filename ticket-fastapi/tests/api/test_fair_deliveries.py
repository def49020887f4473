"""A crowd's messages do not hold up a bystander's: urgent and bulk deliveries are claimed apart, and new ones early."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from support.deliveries import add_delivery
from support.queue_entries import fill_queue
from support.ticket_system import TicketSystem
from support.webhook_receiver import WebhookReceiver, receive_webhooks
from ticketing.db.tables import webhook_deliveries
from ticketing.services import Services
from ticketing.settings import Settings
from ticketing.usecases.worker import lanes
from ticketing.worker import run_worker

from devstack.waiting import wait_until

MANY = 2_400
AT_ONCE = 8
"""Webhooks that the receiver works on at the same time, like client's threads."""
MOST_BEFORE = 150
"""Those that are in progress already, and those of the places of the other lane meanwhile; far below `MANY`."""

FILL = sa.text("""
INSERT INTO webhook_deliveries (id, type, subject_id, subject_version, data, bulk)
SELECT gen_random_uuid(), :type, gen_random_uuid(), 1, '{"document": null}', :bulk FROM generate_series(1, :many)
""")


@pytest.fixture
async def receiver(settings: Settings) -> AsyncIterator[WebhookReceiver]:
    async with receive_webhooks(settings.client_webhook_secret.get_secret_value()) as receiver:
        receiver.at_once, receiver.seconds = asyncio.Semaphore(AT_ONCE), 0.01
        yield receiver


async def fill_outbox(engine: AsyncEngine, type_: str, *, bulk: bool) -> None:
    async with engine.begin() as connection:
        await connection.execute(FILL, {"type": type_, "bulk": bulk, "many": MANY})
        await connection.exec_driver_sql("ANALYZE webhook_deliveries")


@asynccontextmanager
async def delivering(services: Services, receiver: WebhookReceiver) -> AsyncIterator[None]:
    """Runs a worker's lanes of deliveries."""
    sender = dataclasses.replace(
        services, settings=services.settings.model_copy(update={"client_webhook_url": receiver.url})
    )
    stop = asyncio.Event()
    working = asyncio.create_task(run_worker(sender, stop, lanes=(lanes.DELIVERIES, lanes.BULK), sweeps=()))
    try:
        yield
    finally:
        stop.set()
        await working


async def webhooks_before(services: Services, receiver: WebhookReceiver) -> int:
    """Publishes a bystander's booking while others are delivered; returns how many webhooks arrive before it."""
    await wait_until(lambda: len(receiver.received) > 3 * AT_ONCE)
    bystander = uuid4()
    async with services.transaction() as connection:
        data: dict[str, Any] = {"document": None}
        await add_delivery(connection, type="booking.updated", subject_id=bystander, subject_version=4, data=data)
    before = len(receiver.received)
    delivery = await delivery_about(services.engine, bystander)
    await wait_until(lambda: any(each.webhook_id == str(delivery) for each in receiver.received))
    place = [each.webhook_id for each in receiver.received].index(str(delivery))
    return place - before


async def delivery_about(engine: AsyncEngine, subject: UUID) -> UUID:
    query = sa.select(webhook_deliveries.c.id).where(webhook_deliveries.c.subject_id == subject)
    async with engine.connect() as connection:
        return (await connection.execute(query)).scalar_one()


@pytest.mark.parametrize(
    ("type_", "bulk"), [("waitlist.updated", True), ("booking.updated", True), ("booking.updated", False)]
)
async def test_a_bystanders_booking_is_told_at_once_although_thousands_of_messages_wait(
    services: Services, receiver: WebhookReceiver, type_: str, bulk: bool
) -> None:
    await fill_outbox(services.engine, type_, bulk=bulk)
    async with delivering(services, receiver):
        assert await webhooks_before(services, receiver) < MOST_BEFORE
        assert len(receiver.received) < MANY / 2


async def test_messages_of_queues_and_of_cancelled_events_are_bulk(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    await fill_queue(system.services.engine, seats[0], event, 1)
    entry = await system.join(seats[0])
    await system.client.post(f"/api/v1/events/{event['id']}/cancel")
    await system.run_until_idle()
    rows = webhook_deliveries.c
    query = sa.select(rows.subject_id, rows.data["status"].as_string(), rows.bulk).order_by(rows.created_at)
    async with system.services.engine.connect() as connection:
        found = [(str(row[0]), row[1], row[2]) for row in await connection.execute(query)]
    assert {(status, bulk) for subject, status, bulk in found if subject == entry["id"]} == {
        ("WAITING", True),
        ("LAPSED", True),
    }
    assert {(status, bulk) for subject, status, bulk in found if subject == booking["id"]} == {
        ("AWAITING_PAYMENT", False),
        ("BOOKED", False),
        ("CANCELLED", True),
    }
