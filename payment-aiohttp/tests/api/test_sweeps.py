"""What was left half done is finished, although its job is lost."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from payments.db.tables import invoices, payment_attempts, webhook_deliveries
from payments.services import Services
from payments.usecases.refund_invoice import make_refund
from payments.usecases.settle_payment import settle_payment
from payments.usecases.sweep import sweep_deliveries, sweep_payments, sweep_refunds
from sqlalchemy.ext.asyncio import AsyncEngine
from support.invoices import Document, Till
from support.receiver import Receiver

LONG_AGO = sa.text("now() - interval '1 minute'")


async def lose_jobs(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM pgqueuer")


async def make_overdue(engine: AsyncEngine, column: sa.Column[object]) -> None:
    async with engine.begin() as connection:
        await connection.execute(sa.update(column.table).values({column: LONG_AGO}))


@pytest.fixture
async def processing(till: Till, engine: AsyncEngine) -> Document:
    """An invoice whose attempt has lost its job."""
    invoice = await till.make()
    assert await till.pay(invoice) == 202
    await lose_jobs(engine)
    return invoice


async def test_an_attempt_whose_job_is_lost_ends_once(
    till: Till, engine: AsyncEngine, services: Services, processing: Document
) -> None:
    await sweep_payments(services)
    assert (await till.read(processing))["status"] == "PROCESSING"
    await make_overdue(engine, payment_attempts.c.due_at)
    await asyncio.gather(*(sweep_payments(services) for _ in range(3)))
    paid = await till.read(processing)
    assert (paid["status"], paid["version"]) == ("PAID", 3)
    assert len(await till.deliveries(processing)) == 1


async def test_a_refund_whose_job_is_lost_is_made_once(
    till: Till, engine: AsyncEngine, services: Services, processing: Document
) -> None:
    await settle_payment(services, processing["number"])
    await till.refund(processing)
    await lose_jobs(engine)
    await sweep_refunds(services)
    assert (await till.read(processing))["status"] == "PAID"
    await make_overdue(engine, invoices.c.refund_requested_at)
    await asyncio.gather(*(sweep_refunds(services) for _ in range(3)))
    assert (await till.read(processing))["status"] == "REFUNDED"
    assert [each["type"] for each in await till.deliveries(processing)] == ["invoice.paid", "invoice.refunded"]


async def test_a_refund_job_that_is_repeated_or_was_never_asked_for_does_nothing(
    till: Till, services: Services, processing: Document
) -> None:
    await settle_payment(services, processing["number"])
    await make_refund(services, processing["number"])
    assert (await till.read(processing))["status"] == "PAID"
    await till.refund(processing)
    for _ in range(2):
        await make_refund(services, processing["number"])
    assert (await till.read(processing))["version"] == 5


async def test_a_delivery_whose_job_is_lost_is_made_once(
    till: Till, engine: AsyncEngine, services: Services, processing: Document, receiver: Receiver
) -> None:
    await settle_payment(services, processing["number"])
    await lose_jobs(engine)
    await sweep_deliveries(services)
    assert receiver.received == []
    await make_overdue(engine, webhook_deliveries.c.next_attempt_at)
    await asyncio.gather(*(sweep_deliveries(services) for _ in range(3)))
    assert receiver.types == ["invoice.paid"]


async def test_one_that_cannot_be_done_does_not_keep_the_others_from_it(
    till: Till, engine: AsyncEngine, services: Services, processing: Document
) -> None:
    other = await till.make()
    await till.pay(other)
    async with engine.begin() as connection:
        # A state that no step leads to: this attempt can never end.
        broken = sa.update(invoices).where(invoices.c.number == processing["number"]).values(status="PENDING")
        await connection.execute(broken)
    await make_overdue(engine, payment_attempts.c.due_at)
    await sweep_payments(services)
    assert (await till.read(other))["status"] == "PAID"
