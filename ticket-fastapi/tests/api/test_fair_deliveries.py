"""A crowd's messages do not hold up a bystander's: urgent and bulk deliveries are claimed apart, and new ones early."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

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
MOST_BEFORE = lanes.NEWEST_FIRST * lanes.DELIVERIES.at_once
"""Those that are in progress already, and those of each claim up to the one that takes the newest first."""

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


async def publish_booking(services: Services) -> str:
    """Publishes a bystander's booking; returns the id of its webhook."""
    bystander = uuid4()
    async with services.transaction() as connection:
        data: dict[str, Any] = {"document": None}
        await add_delivery(connection, type="booking.updated", subject_id=bystander, subject_version=4, data=data)
    query = sa.select(webhook_deliveries.c.id).where(webhook_deliveries.c.subject_id == bystander)
    async with services.engine.connect() as connection:
        return str((await connection.execute(query)).scalar_one())


@pytest.mark.parametrize("type_", ["waitlist.updated", "booking.updated"])
async def test_a_bystanders_booking_is_published_although_every_place_for_bulk_is_taken(
    services: Services, receiver: WebhookReceiver, type_: str
) -> None:
    receiver.may_answer.clear()
    await fill_outbox(services.engine, type_, bulk=True)
    async with delivering(services, receiver):
        await wait_until(lambda: len(receiver.begun) == lanes.BULK.at_once)
        bystander = await publish_booking(services)
        await wait_until(lambda: bystander in receiver.begun)
        assert len(receiver.begun) == lanes.BULK.at_once + 1
        receiver.may_answer.set()


async def test_a_bystanders_booking_is_published_early_although_thousands_of_bookings_wait(
    services: Services, receiver: WebhookReceiver
) -> None:
    await fill_outbox(services.engine, "booking.updated", bulk=False)
    async with delivering(services, receiver):
        await wait_until(lambda: len(receiver.received) > 3 * AT_ONCE)
        bystander = await publish_booking(services)
        before = len(receiver.received)
        await wait_until(lambda: bystander in receiver.begun)
        assert receiver.begun.index(bystander) - before <= MOST_BEFORE


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
