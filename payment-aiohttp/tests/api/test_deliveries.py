"""Deliveries of webhooks: retries, dead letters, redelivery, a receiver that answers 410."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from payments.db.tables import webhook_attempts, webhook_deliveries
from payments.services import Services
from payments.usecases.lanes import DELIVERY_LANE
from payments.usecases.settle_payment import settle_payment
from servicekit.delivery import RETRY_DELAYS
from servicekit.http import webhooks
from sqlalchemy.ext.asyncio import AsyncEngine
from support.lanes import run_once
from support.payment_api import Document, PaymentApi
from support.webhook_receiver import WebhookReceiver

from devstack.waiting import wait_until

DELIVERIES_PATH = "/api/v1/webhook-deliveries"
CONFIG_PATH = "/api/v1/config/webhook"


class DeliverySteps:
    """Creates deliveries, makes their attempts and skips the pauses between them."""

    def __init__(self, api: PaymentApi, services: Services) -> None:
        self.api = api
        self.services = services

    async def create_paid_invoice(self) -> Document:
        """Creates an invoice that is paid, so that its webhook is due."""
        invoice = await self.api.create_invoice()
        assert await self.api.pay(invoice) == 202
        await settle_payment(self.services, invoice["number"])
        return invoice

    async def read_delivery(self, invoice: Document) -> Document:
        (found,) = await self.api.deliveries(invoice)
        return found

    async def attempt_due(self, invoice: Document) -> Document:
        """Makes the attempts that are due; returns the invoice's delivery."""
        await run_once(self.services, DELIVERY_LANE)
        return await self.read_delivery(invoice)

    async def skip_pause(self, invoice: Document) -> timedelta:
        """Makes the next attempt due at once; returns the pause that was planned after the last attempt."""
        rows = webhook_deliveries.c
        last = sa.select(sa.func.max(webhook_attempts.c.at)).where(webhook_attempts.c.delivery_id == rows.id)
        async with self.services.engine.begin() as connection:
            mine = rows.invoice_number == invoice["number"]
            query = sa.select(rows.next_attempt_at - last.scalar_subquery()).where(mine)
            pause: timedelta = (await connection.execute(query)).scalar_one()
            await connection.execute(sa.update(webhook_deliveries).where(mine).values(next_attempt_at=sa.func.now()))
        return pause


@pytest.fixture
def steps(api: PaymentApi, services: Services) -> DeliverySteps:
    return DeliverySteps(api, services)


async def test_a_refused_webhook_is_retried_after_growing_delays_and_then_becomes_a_dead_letter(
    steps: DeliverySteps, receiver: WebhookReceiver
) -> None:
    receiver.statuses = [500] * 20
    invoice = await steps.create_paid_invoice()
    for delay in RETRY_DELAYS:
        assert (await steps.attempt_due(invoice))["state"] == "PENDING"
        assert delay - timedelta(seconds=2) < await steps.skip_pause(invoice) <= delay * 1.2
    dead = await steps.attempt_due(invoice)
    assert (dead["state"], dead["next_attempt_at"]) == ("DEAD", None)
    assert [each["number"] for each in dead["attempts"]] == list(range(1, len(RETRY_DELAYS) + 2))
    assert len({each.webhook_id for each in receiver.received}) == 1
    # A dead letter is not attempted again.
    assert await steps.attempt_due(invoice) == dead
    _, page = await steps.api.call("GET", DELIVERIES_PATH, params={"state": "DEAD"})
    assert page["items"] == [dead]


async def test_an_attempt_that_is_not_due_is_not_made(steps: DeliverySteps, receiver: WebhookReceiver) -> None:
    receiver.statuses = [500]
    invoice = await steps.create_paid_invoice()
    await steps.attempt_due(invoice)
    await steps.attempt_due(invoice)
    assert len(receiver.received) == 1


async def test_only_one_of_several_workers_makes_an_attempt(
    steps: DeliverySteps, receiver: WebhookReceiver, services: Services
) -> None:
    await steps.create_paid_invoice()
    receiver.may_answer.clear()
    attempts = [asyncio.create_task(run_once(services, DELIVERY_LANE)) for _ in range(5)]
    await wait_until(lambda: bool(receiver.received))
    await wait_until(lambda: sum(task.done() for task in attempts) == 4)
    receiver.may_answer.set()
    await asyncio.gather(*attempts)
    assert len(receiver.received) == 1


async def test_no_transaction_is_open_while_the_receiver_has_not_answered(
    steps: DeliverySteps, receiver: WebhookReceiver, services: Services
) -> None:
    invoice = await steps.create_paid_invoice()
    receiver.may_answer.clear()
    attempt = asyncio.create_task(steps.attempt_due(invoice))
    await wait_until(lambda: bool(receiver.received))
    async with services.engine.connect() as connection:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'payment-tests' AND state LIKE 'idle in%'"
        )
        assert (await connection.exec_driver_sql(query)).scalar_one() == 0
    receiver.may_answer.set()
    await attempt


async def test_an_unreachable_receiver_and_one_that_does_not_answer_are_tried_again(
    steps: DeliverySteps, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await steps.api.call("PUT", CONFIG_PATH, json={"url": "http://127.0.0.1:9/nobody"})
    invoice = await steps.create_paid_invoice()
    (attempt,) = (await steps.attempt_due(invoice))["attempts"]
    assert attempt["status_code"] is None
    assert "Connect" in attempt["error"]
    await steps.api.call("PUT", CONFIG_PATH, json={"url": receiver.url})
    await steps.skip_pause(invoice)
    monkeypatch.setattr(webhooks, "TIMEOUT_SECONDS", 0.05)
    receiver.may_answer.clear()
    _, attempt = (await steps.attempt_due(invoice))["attempts"]
    receiver.may_answer.set()
    assert (attempt["status_code"], attempt["error"].split(":")[0]) == (None, "TimeoutError")


async def test_a_dead_letter_is_redelivered_with_the_same_id_and_a_new_schedule(
    steps: DeliverySteps, receiver: WebhookReceiver, engine: AsyncEngine
) -> None:
    receiver.statuses = [500, 500]
    invoice = await steps.create_paid_invoice()
    async with engine.begin() as connection:
        await connection.execute(sa.update(webhook_deliveries).values(attempts=len(RETRY_DELAYS)))
    dead = await steps.attempt_due(invoice)
    assert dead["state"] == "DEAD"
    status, again = await steps.api.call("POST", f"{DELIVERIES_PATH}/{dead['id']}/redeliver")
    assert (status, again["state"], again["id"]) == (202, "PENDING", dead["id"])
    assert (await steps.attempt_due(invoice))["state"] == "PENDING"
    assert await steps.skip_pause(invoice) < timedelta(seconds=2)
    delivered = await steps.attempt_due(invoice)
    assert delivered["state"] == "DELIVERED"
    assert delivered["delivered_at"]
    assert {each.webhook_id for each in receiver.received} == {dead["id"]}


async def test_a_pending_or_unknown_delivery_cannot_be_redelivered(steps: DeliverySteps) -> None:
    invoice = await steps.create_paid_invoice()
    path = f"{DELIVERIES_PATH}/{(await steps.read_delivery(invoice))['id']}/redeliver"
    status, problem = await steps.api.call("POST", path)
    assert (status, problem["type"]) == (409, "delivery-not-redeliverable")
    status, problem = await steps.api.call("POST", f"{DELIVERIES_PATH}/{uuid4()}/redeliver")
    assert (status, problem["type"]) == (404, "not-found")


async def test_410_disables_sending_until_the_webhook_url_is_set_again(
    steps: DeliverySteps, receiver: WebhookReceiver
) -> None:
    receiver.statuses = [410]
    refused = await steps.create_paid_invoice()
    assert (await steps.attempt_due(refused))["state"] == "DEAD"
    _, config = await steps.api.call("GET", CONFIG_PATH)
    assert (config["url"], bool(config["disabled_at"])) == (receiver.url, True)
    held = await steps.create_paid_invoice()
    waiting = await steps.attempt_due(held)
    assert (waiting["state"], waiting["attempts"], len(receiver.received)) == ("PENDING", [], 1)
    status, config = await steps.api.call("PUT", CONFIG_PATH, json={"url": receiver.url})
    assert (status, config["disabled_at"]) == (200, None)
    assert (await steps.attempt_due(held))["state"] == "DELIVERED"


async def test_a_late_410_from_an_old_url_does_not_disable_the_new_one(
    steps: DeliverySteps, receiver: WebhookReceiver
) -> None:
    receiver.statuses = [410]
    receiver.may_answer.clear()
    invoice = await steps.create_paid_invoice()
    attempt = asyncio.create_task(steps.attempt_due(invoice))
    await wait_until(lambda: bool(receiver.received))
    await steps.api.call("PUT", CONFIG_PATH, json={"url": "http://127.0.0.1:9/elsewhere"})
    receiver.may_answer.set()
    await attempt
    _, config = await steps.api.call("GET", CONFIG_PATH)
    assert config["disabled_at"] is None


async def test_only_the_first_webhook_url_comes_from_the_environment(
    api: PaymentApi, services: Services, receiver: WebhookReceiver
) -> None:
    _, first = await api.call("GET", CONFIG_PATH)
    assert first["url"] == receiver.url
    await api.call("PUT", CONFIG_PATH, json={"url": "http://127.0.0.1:9/other"})
    _, stored = await api.call("GET", CONFIG_PATH)
    assert stored["url"] == "http://127.0.0.1:9/other"


async def test_deliveries_are_listed_newest_first_page_by_page(steps: DeliverySteps) -> None:
    for _ in range(3):
        await steps.create_paid_invoice()
    seen: list[Any] = []
    params: dict[str, str] = {"limit": "2"}
    while True:
        _, page = await steps.api.call("GET", DELIVERIES_PATH, params=params)
        seen += [item["created_at"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert len(seen) == 3
    assert seen == sorted(seen, reverse=True)
