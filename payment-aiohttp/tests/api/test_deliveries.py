"""Delivering webhooks: retries, dead letters, redelivery, a receiver that is gone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from payments.db.tables import webhook_attempts, webhook_deliveries
from payments.gateway import webhooks
from payments.services import Services
from payments.usecases.lanes import DELIVERIES as LANE
from payments.usecases.settle_payment import settle_payment
from servicekit.delivery import RETRY_DELAYS
from sqlalchemy.ext.asyncio import AsyncEngine
from support.invoices import Document, Till
from support.receiver import Receiver
from support.waiting import until
from support.work import do_due

DELIVERIES = "/api/v1/webhook-deliveries"
CONFIG = "/api/v1/config/webhook"


class Desk:
    """Makes deliveries and turns the clock: what is due later becomes due now."""

    def __init__(self, till: Till, services: Services) -> None:
        self.till = till
        self.services = services

    async def tell(self) -> Document:
        """A paid invoice, whose webhook is due."""
        invoice = await self.till.make()
        assert await self.till.pay(invoice) == 202
        await settle_payment(self.services, invoice["number"])
        return invoice

    async def delivery(self, invoice: Document) -> Document:
        (found,) = await self.till.deliveries(invoice)
        return found

    async def attempt(self, invoice: Document) -> Document:
        """Make the attempt that is due."""
        await do_due(self.services, LANE)
        return await self.delivery(invoice)

    async def wait(self, invoice: Document) -> timedelta:
        """How long the next attempt comes after the last; then that time has passed."""
        rows = webhook_deliveries.c
        last = sa.select(sa.func.max(webhook_attempts.c.at)).where(webhook_attempts.c.delivery_id == rows.id)
        async with self.services.engine.begin() as connection:
            mine = rows.invoice_number == invoice["number"]
            query = sa.select(rows.next_attempt_at - last.scalar_subquery()).where(mine)
            pause: timedelta = (await connection.execute(query)).scalar_one()
            await connection.execute(sa.update(webhook_deliveries).where(mine).values(next_attempt_at=sa.func.now()))
        return pause


@pytest.fixture
def desk(till: Till, services: Services) -> Desk:
    return Desk(till, services)


async def test_refusals_are_followed_by_ever_later_attempts_and_at_last_by_a_dead_letter(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.statuses = [500] * 20
    invoice = await desk.tell()
    for delay in RETRY_DELAYS:
        assert (await desk.attempt(invoice))["state"] == "PENDING"
        assert delay - timedelta(seconds=2) < await desk.wait(invoice) <= delay * 1.2
    dead = await desk.attempt(invoice)
    assert (dead["state"], dead["next_attempt_at"]) == ("DEAD", None)
    assert [each["number"] for each in dead["attempts"]] == list(range(1, len(RETRY_DELAYS) + 2))
    assert len({each.webhook_id for each in receiver.received}) == 1
    # Nothing more happens by itself.
    assert await desk.attempt(invoice) == dead
    _, page = await desk.till.call("GET", DELIVERIES, params={"state": "DEAD"})
    assert page["items"] == [dead]


async def test_an_attempt_that_is_not_due_is_not_made(desk: Desk, receiver: Receiver) -> None:
    receiver.statuses = [500]
    invoice = await desk.tell()
    await desk.attempt(invoice)
    await desk.attempt(invoice)
    assert len(receiver.received) == 1


async def test_an_attempt_is_made_by_one_worker_alone(desk: Desk, receiver: Receiver, services: Services) -> None:
    await desk.tell()
    receiver.hold.clear()
    attempts = [asyncio.create_task(do_due(services, LANE)) for _ in range(5)]
    await until(lambda: bool(receiver.received))
    await until(lambda: sum(task.done() for task in attempts) == 4)
    receiver.hold.set()
    await asyncio.gather(*attempts)
    assert len(receiver.received) == 1


async def test_no_transaction_is_open_while_the_receiver_thinks(
    desk: Desk, receiver: Receiver, services: Services
) -> None:
    invoice = await desk.tell()
    receiver.hold.clear()
    attempt = asyncio.create_task(desk.attempt(invoice))
    await until(lambda: bool(receiver.received))
    async with services.engine.connect() as connection:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'payment-tests' AND state LIKE 'idle in%'"
        )
        assert (await connection.exec_driver_sql(query)).scalar_one() == 0
    receiver.hold.set()
    await attempt


async def test_a_receiver_that_cannot_be_reached_or_is_silent_is_tried_again(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.till.call("PUT", CONFIG, json={"url": "http://127.0.0.1:9/nobody"})
    invoice = await desk.tell()
    (attempt,) = (await desk.attempt(invoice))["attempts"]
    assert attempt["status_code"] is None
    assert "Connect" in attempt["error"]
    await desk.till.call("PUT", CONFIG, json={"url": receiver.url})
    await desk.wait(invoice)
    monkeypatch.setattr(webhooks, "TIMEOUT_SECONDS", 0.05)
    receiver.hold.clear()
    _, attempt = (await desk.attempt(invoice))["attempts"]
    receiver.hold.set()
    assert (attempt["status_code"], attempt["error"].split(":")[0]) == (None, "TimeoutError")


async def test_a_dead_letter_is_redelivered_with_the_same_id_and_a_new_schedule(
    desk: Desk, receiver: Receiver, engine: AsyncEngine
) -> None:
    receiver.statuses = [500, 500]
    invoice = await desk.tell()
    async with engine.begin() as connection:
        await connection.execute(sa.update(webhook_deliveries).values(attempts=len(RETRY_DELAYS)))
    dead = await desk.attempt(invoice)
    assert dead["state"] == "DEAD"
    status, again = await desk.till.call("POST", f"{DELIVERIES}/{dead['id']}/redeliver")
    assert (status, again["state"], again["id"]) == (202, "PENDING", dead["id"])
    assert (await desk.attempt(invoice))["state"] == "PENDING"
    assert await desk.wait(invoice) < timedelta(seconds=2)
    delivered = await desk.attempt(invoice)
    assert delivered["state"] == "DELIVERED"
    assert delivered["delivered_at"]
    assert {each.webhook_id for each in receiver.received} == {dead["id"]}


async def test_what_is_tried_by_itself_is_not_redelivered(desk: Desk) -> None:
    invoice = await desk.tell()
    path = f"{DELIVERIES}/{(await desk.delivery(invoice))['id']}/redeliver"
    status, problem = await desk.till.call("POST", path)
    assert (status, problem["type"]) == (409, "delivery-not-redeliverable")
    status, problem = await desk.till.call("POST", f"{DELIVERIES}/{uuid4()}/redeliver")
    assert (status, problem["type"]) == (404, "not-found")


async def test_410_disables_sending_until_an_address_is_put_again(desk: Desk, receiver: Receiver) -> None:
    receiver.statuses = [410]
    refused = await desk.tell()
    assert (await desk.attempt(refused))["state"] == "DEAD"
    _, config = await desk.till.call("GET", CONFIG)
    assert (config["url"], bool(config["disabled_at"])) == (receiver.url, True)
    held = await desk.tell()
    waiting = await desk.attempt(held)
    assert (waiting["state"], waiting["attempts"], len(receiver.received)) == ("PENDING", [], 1)
    status, config = await desk.till.call("PUT", CONFIG, json={"url": receiver.url})
    assert (status, config["disabled_at"]) == (200, None)
    assert (await desk.attempt(held))["state"] == "DELIVERED"


async def test_a_late_410_of_an_old_address_does_not_disable_the_new_one(desk: Desk, receiver: Receiver) -> None:
    receiver.statuses = [410]
    receiver.hold.clear()
    invoice = await desk.tell()
    attempt = asyncio.create_task(desk.attempt(invoice))
    await until(lambda: bool(receiver.received))
    await desk.till.call("PUT", CONFIG, json={"url": "http://127.0.0.1:9/elsewhere"})
    receiver.hold.set()
    await attempt
    _, config = await desk.till.call("GET", CONFIG)
    assert config["disabled_at"] is None


async def test_the_address_comes_from_the_environment_only_the_first_time(
    till: Till, services: Services, receiver: Receiver
) -> None:
    _, first = await till.call("GET", CONFIG)
    assert first["url"] == receiver.url
    await till.call("PUT", CONFIG, json={"url": "http://127.0.0.1:9/other"})
    _, stored = await till.call("GET", CONFIG)
    assert stored["url"] == "http://127.0.0.1:9/other"


async def test_deliveries_are_listed_newest_first_page_by_page(desk: Desk) -> None:
    for _ in range(3):
        await desk.tell()
    seen: list[Any] = []
    params: dict[str, str] = {"limit": "2"}
    while True:
        _, page = await desk.till.call("GET", DELIVERIES, params=params)
        seen += [item["created_at"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert len(seen) == 3
    assert seen == sorted(seen, reverse=True)
