"""The written statements (`db/sql/`) do what the general path does, and leave to it what is out of the ordinary."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from payments.db import attempts
from payments.db.invoices import StaleInvoiceError
from payments.db.tables import invoices, payment_attempts, webhook_deliveries
from payments.services import Services
from payments.usecases.lanes import PAYMENT_LANE
from payments.usecases.settle_payment import settle_payments
from sqlalchemy.ext.asyncio import AsyncEngine
from support.lanes import run_once
from support.payment_api import INVOICES, Document, PaymentApi, invoice_request, page_path

OF_EACH = {"number", "reference", "token", "id", "invoice_number", "request_id", "traceparent"}
"""Columns and members whose values differ from row to row."""
SEED = {"seed": 1, "failure_rate": 0}
"""With a seed, paying goes step by step, since the draws take turns."""
HOW_MANY = 4


async def rows_of(engine: AsyncEngine, table: sa.Table, number: sa.Column[Any], invoice: Document) -> Any:
    """Returns the row of the invoice, with the kinds of its times and ids in place of these."""
    async with engine.connect() as connection:
        row = (await connection.execute(sa.select(table).where(number == invoice["number"]))).mappings().one()
    return comparable(dict(row))


def comparable(value: Any, name: str = "") -> Any:
    if name in OF_EACH or name == "at" or name.endswith("_at"):
        return type(value)
    if isinstance(value, dict):
        return {key: comparable(each, key) for key, each in value.items()}
    return [comparable(each) for each in value] if isinstance(value, list) else value


async def test_a_new_invoice_is_the_same_by_one_statement_and_step_by_step(
    api: PaymentApi, engine: AsyncEngine
) -> None:
    request = invoice_request(time_zone="Asia/Jakarta", return_url=None)
    by_statement = await api.create_invoice(**{**request, "reference": str(uuid4())})
    # With a key, the answer is stored in the transaction of the invoice.
    status, step_by_step = await api.call("POST", INVOICES, json=request, headers={"Idempotency-Key": "a-key"})
    assert status == 201
    stored = [await rows_of(engine, invoices, invoices.c.number, each) for each in (by_statement, step_by_step)]
    assert stored[0] == stored[1]
    for invoice in (by_statement, step_by_step):
        assert await api.read_invoice(invoice) == invoice
    assert comparable({**by_statement, "payment_url": ""}) == comparable({**step_by_step, "payment_url": ""})


async def test_an_attempt_is_the_same_by_one_statement_and_step_by_step(api: PaymentApi, engine: AsyncEngine) -> None:
    await api.simulate(failure_rate=0, latency_ms=60_000)
    found: list[tuple[Any, Any]] = []
    for changes in ({}, SEED):
        await api.simulate(**changes)
        invoice = await api.create_invoice(return_url=None)
        assert await api.pay(invoice) == 202
        attempt = await rows_of(engine, payment_attempts, payment_attempts.c.invoice_number, invoice)
        found.append((await rows_of(engine, invoices, invoices.c.number, invoice), attempt))
    for each in found:
        each[0].pop("customer")
    assert found[0] == found[1]


async def pause_of(engine: AsyncEngine) -> timedelta:
    async with engine.connect() as connection:
        query = sa.select(payment_attempts.c.due_at - payment_attempts.c.started_at)
        pause: timedelta = (await connection.execute(query)).scalar_one()
    return pause


async def test_the_latency_of_the_simulation_counts(api: PaymentApi, engine: AsyncEngine) -> None:
    await api.simulate(latency_ms=60_000)
    await api.pay(await api.create_invoice())
    assert timedelta(seconds=55) < await pause_of(engine) < timedelta(seconds=65)


@pytest.mark.parametrize(("failure_rate", "status"), [(0, "PAID"), (1, "FAILED")])
async def test_the_failure_rate_of_the_simulation_counts(
    api: PaymentApi, services: Services, failure_rate: float, status: str
) -> None:
    await api.simulate(failure_rate=failure_rate)
    paid = [await api.create_invoice() for _ in range(HOW_MANY)]
    for invoice in paid:
        await api.pay(invoice)
    await run_once(services, PAYMENT_LANE)
    assert {(await api.read_invoice(invoice))["status"] for invoice in paid} == {status}


@pytest.mark.parametrize("changes", [{"next_outcomes": ["ok"]}, {"seed": 3}], ids=["outcomes that were set", "a seed"])
async def test_a_draw_that_depends_on_those_before_is_left_to_the_general_path(
    api: PaymentApi, services: Services, changes: dict[str, Any]
) -> None:
    await api.simulate(**changes)
    token = (await api.create_invoice())["payment_url"].rpartition("/")[2]
    assert not await attempts.start_by_chance(services.engine, services.settings, token, actor="buyer")


async def test_the_seed_of_the_environment_counts_unless_another_was_set(api: PaymentApi, services: Services) -> None:
    seeded = services.settings.model_copy(update={"payment_seed": 7})
    token = (await api.create_invoice())["payment_url"].rpartition("/")[2]
    assert not await attempts.start_by_chance(services.engine, seeded, token, actor="buyer")
    await api.simulate(seed=None)
    assert await attempts.start_by_chance(services.engine, seeded, token, actor="buyer")


@pytest.fixture
async def processing(api: PaymentApi) -> list[Document]:
    """Returns invoices whose attempts are under way; every second one is declined."""
    await api.simulate(next_outcomes=["ok", "fail"] * (HOW_MANY // 2))
    found = [await api.create_invoice() for _ in range(HOW_MANY)]
    for number, invoice in enumerate(found):
        await api.call("POST", page_path(invoice), headers={"x-request-id": f"buyer-{number}"})
    return found


async def test_what_is_settled_together_has_its_own_outcome_and_trace(
    api: PaymentApi, services: Services, engine: AsyncEngine, processing: list[Document]
) -> None:
    await run_once(services, PAYMENT_LANE)
    for number, invoice in enumerate(processing):
        now = await api.read_invoice(invoice)
        (delivery,) = await api.deliveries(invoice)
        status, type_ = (("PAID", "invoice.paid"), ("FAILED", "invoice.failed"))[number % 2]
        assert (now["status"], delivery["type"], now["version"]) == (status, type_, 3)
        assert (now["failure_reason"] is None) == (now["failed_at"] is None) == (now["paid_at"] is not None)
        history = (await history_of(engine, invoice))[0]
        assert {history["request_id"], delivery["request_id"]} == {f"buyer-{number}"}
        assert (history["actor"], history["from_status"], history["to_status"]) == ("gateway", "PROCESSING", status)


async def history_of(engine: AsyncEngine, invoice: Document) -> list[dict[str, Any]]:
    async with engine.connect() as connection:
        query = sa.select(invoices.c.history).where(invoices.c.number == invoice["number"])
        found: list[dict[str, Any]] = (await connection.execute(query)).scalar_one()
    return found


@pytest.mark.parametrize("position", range(HOW_MANY))
async def test_one_that_cannot_be_settled_undoes_the_others_which_are_then_settled_alone(
    api: PaymentApi, services: Services, engine: AsyncEngine, processing: list[Document], position: int
) -> None:
    poison = processing[position]["number"]
    async with engine.begin() as connection:
        await connection.execute(sa.update(invoices).where(invoices.c.number == poison).values(status="PENDING"))
    with pytest.raises(StaleInvoiceError, match=poison):
        await settle_payments(services, [invoice["number"] for invoice in processing])
    assert await count_attempts(engine) == HOW_MANY
    await run_once(services, PAYMENT_LANE)
    assert await count_attempts(engine) == 1
    decided = [(await api.read_invoice(invoice))["status"] in ("PAID", "FAILED") for invoice in processing]
    assert decided == [number != position for number in range(HOW_MANY)]


async def count_attempts(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(sa.select(sa.func.count()).select_from(payment_attempts))).scalar_one())


async def test_workers_that_settle_the_same_payments_at_once_do_so_once_and_without_a_deadlock(
    services: Services, engine: AsyncEngine, processing: list[Document]
) -> None:
    numbers = [invoice["number"] for invoice in processing]
    orders = [numbers, numbers[::-1], numbers[1:], numbers[::2]]
    await asyncio.gather(*(settle_payments(services, order) for order in orders))
    async with engine.connect() as connection:
        count = sa.select(sa.func.count()).select_from(webhook_deliveries)
        assert (await connection.execute(count)).scalar_one() == HOW_MANY
        versions = set((await connection.execute(sa.select(invoices.c.version))).scalars())
    assert versions == {3}
