"""Due work is done once by any number of workers, and a failing item does not stop the others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from payments.db.postponed_work import postpone
from payments.db.tables import postponed_work
from payments.services import Services
from payments.usecases import cleanup
from payments.usecases.lanes import DELIVERY_LANE, LANES, PAYMENT_LANE, REFUND_LANE
from payments.usecases.refund_invoice import make_refund
from payments.usecases.settle_payment import settle_payment
from servicekit.db.due_rows import Places
from servicekit.lanes import AnyLane
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from support.lanes import run_once
from support.payment_api import Document, PaymentApi
from support.webhook_receiver import WebhookReceiver


@pytest.fixture
async def processing(api: PaymentApi) -> Document:
    """Returns an invoice whose payment attempt is due to be settled."""
    invoice = await api.create_invoice()
    assert await api.pay(invoice) == 202
    return invoice


async def test_an_attempt_is_settled_once(api: PaymentApi, services: Services, processing: Document) -> None:
    await asyncio.gather(*(run_once(services, PAYMENT_LANE) for _ in range(3)))
    paid = await api.read_invoice(processing)
    assert (paid["status"], paid["version"]) == ("PAID", 3)
    assert len(await api.deliveries(processing)) == 1


async def test_an_attempt_that_is_not_due_is_not_settled(api: PaymentApi, services: Services) -> None:
    await api.simulate(latency_ms=60_000)
    invoice = await api.create_invoice()
    await api.pay(invoice)
    await run_once(services, PAYMENT_LANE)
    assert (await api.read_invoice(invoice))["status"] == "PROCESSING"


async def test_an_attempt_whose_worker_died_is_settled_when_its_lease_expires(
    api: PaymentApi, services: Services, engine: AsyncEngine, processing: Document
) -> None:
    async with engine.begin() as connection:
        assert len(await PAYMENT_LANE.claim(services, connection, Places(8, 8, {}))) == 1
    await run_once(services, PAYMENT_LANE)
    assert (await api.read_invoice(processing))["status"] == "PROCESSING"
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE payment_attempts SET due_at = now()")
    await run_once(services, PAYMENT_LANE)
    assert (await api.read_invoice(processing))["status"] == "PAID"


async def test_a_refund_is_made_once(api: PaymentApi, services: Services, processing: Document) -> None:
    await settle_payment(services, processing["number"])
    await api.refund(processing)
    await asyncio.gather(*(run_once(services, REFUND_LANE) for _ in range(3)))
    assert (await api.read_invoice(processing))["status"] == "REFUNDED"
    assert [each["type"] for each in await api.deliveries(processing)] == ["invoice.paid", "invoice.refunded"]


async def test_a_refund_that_was_made_or_never_requested_is_not_made(
    api: PaymentApi, services: Services, processing: Document
) -> None:
    await settle_payment(services, processing["number"])
    await make_refund(services, processing["number"])
    assert (await api.read_invoice(processing))["status"] == "PAID"
    await api.refund(processing)
    for _ in range(2):
        await make_refund(services, processing["number"])
    assert (await api.read_invoice(processing))["version"] == 5


async def test_a_delivery_is_made_once(services: Services, processing: Document, receiver: WebhookReceiver) -> None:
    await settle_payment(services, processing["number"])
    await asyncio.gather(*(run_once(services, DELIVERY_LANE) for _ in range(3)))
    assert receiver.types == ["invoice.paid"]


# Each statement makes one kind of work fail for ever: the invoice of the attempt has a status that it cannot be settled
# from, the event of the refund exists already, the attempts of the delivery are recorded already.

POISON = {
    "payment": "UPDATE invoices SET status = 'PENDING' WHERE number = $1",
    "refund": "INSERT INTO webhook_deliveries (id, invoice_number, type, body, request_id, traceparent, state,"
    " next_attempt_at) VALUES (gen_random_uuid(), $1, 'invoice.refunded', '{}', 'x', 'x', 'DEAD', NULL)",
    "delivery": "WITH begun AS (UPDATE webhook_deliveries SET attempts = 1 WHERE invoice_number = $1 RETURNING id)"
    " INSERT INTO webhook_attempts (delivery_id, number, latency_ms)"
    " SELECT id, number, 1 FROM begun, generate_series(1, 9) AS number",
}
LANE_OF_KIND = {lane.name: lane for lane in LANES}


@dataclass(frozen=True)
class PoisonedWork:
    """Two items of one kind of work: `poisoned` is due first and always fails, `healthy` can succeed."""

    kind: str
    poisoned: Document
    healthy: Document
    api: PaymentApi
    services: Services

    async def do_due(self, at_once: int = 8) -> None:
        """Claims what is due, as one worker does, and finishes it."""
        lane: AnyLane[Services] = replace(LANE_OF_KIND[self.kind], at_once=at_once)
        await run_once(self.services, lane)

    async def healthy_is_done(self) -> bool:
        """Whether the healthy item is done."""
        if self.kind == "delivery":
            return [delivery["state"] for delivery in await self.api.deliveries(self.healthy)] == ["DELIVERED"]
        return bool(
            (await self.api.read_invoice(self.healthy))["status"]
            == {"payment": "PAID", "refund": "REFUNDED"}[self.kind]
        )

    async def execute(self, statement: str, *values: object) -> None:
        async with self.services.engine.begin() as connection:
            await connection.exec_driver_sql(statement, values)

    async def expire_leases(self) -> None:
        """Makes claimed work due again."""
        due = "UPDATE webhook_deliveries SET next_attempt_at = created_at - interval '1 hour' WHERE state = 'PENDING'"
        await self.execute(due)
        for table in ("payment_attempts", "refunds"):
            await self.execute(f"UPDATE {table} SET due_at = now() - interval '1 hour' WHERE finished_at IS NULL")

    async def end_pauses(self) -> None:
        """Lets workers claim postponed work again."""
        await self.execute("UPDATE postponed_work SET not_before = now()")

    async def count_failures(self) -> int:
        """Returns how often the poisoned item has failed."""
        query = sa.select(postponed_work.c.failures).where(postponed_work.c.kind == self.kind)
        async with self.services.engine.connect() as connection:
            return (await connection.execute(query)).scalar_one_or_none() or 0


@pytest.fixture(params=list(LANE_OF_KIND))
async def work(
    request: pytest.FixtureRequest, api: PaymentApi, engine: AsyncEngine, services: Services, processing: Document
) -> PoisonedWork:
    other = await api.create_invoice()
    await api.pay(other)
    found = PoisonedWork(request.param, processing, other, api, services)
    for invoice in (processing, other):
        if found.kind != "payment":
            await settle_payment(services, invoice["number"])
        if found.kind == "refund":
            await api.refund(invoice)
    await found.execute(POISON[found.kind], processing["number"])
    for minutes, invoice in ((10, processing), (5, other)):
        for table, column in OVERDUE_BY:
            await found.execute(
                f"UPDATE {table} SET {column} = now() - interval '{minutes} minutes'"
                f" WHERE invoice_number = $1 AND {column} IS NOT NULL",
                invoice["number"],
            )
    return found


OVERDUE_BY = (
    ("payment_attempts", "due_at"),
    ("refunds", "due_at"),
    ("webhook_deliveries", "next_attempt_at"),
)


async def test_an_item_that_fails_does_not_stop_the_others(work: PoisonedWork) -> None:
    await work.do_due()
    assert await work.healthy_is_done()


async def test_items_that_always_fail_do_not_crowd_out_the_others(work: PoisonedWork) -> None:
    await work.do_due(at_once=1)
    assert not await work.healthy_is_done()
    await work.expire_leases()
    await work.do_due(at_once=1)
    assert await work.healthy_is_done()


async def test_an_item_that_fails_is_postponed_each_time_and_counted_in_the_metrics(work: PoisonedWork) -> None:
    for failures in (1, 2):
        await work.do_due()
        await work.expire_leases()
        await work.do_due()
        assert await work.count_failures() == failures
        await work.end_pauses()
    async with work.api.client.get("/metrics") as answer:
        assert f'payment_postponed_work{{kind="{work.kind}"}} 1.0' in await answer.text()


async def test_each_failure_doubles_the_pause_up_to_an_hour(engine: AsyncEngine) -> None:
    pauses: list[timedelta] = []
    query = sa.select(postponed_work.c.not_before - sa.func.now())
    async with engine.begin() as connection:
        for _ in range(40):
            await postpone(connection, "refund", "INV-1", "a NUL\x00 and much more" * 100)
            pauses.append((await connection.execute(query)).scalar_one())
    assert [pause.total_seconds() for pause in pauses[:9]] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert pauses[-1] == timedelta(hours=1)


async def test_an_item_that_succeeds_after_all_is_no_longer_postponed(work: PoisonedWork) -> None:
    undo = {
        "payment": "UPDATE invoices SET status = 'PROCESSING' WHERE number = $1",
        "refund": "DELETE FROM webhook_deliveries WHERE type = 'invoice.refunded' AND invoice_number = $1",
        "delivery": "DELETE FROM webhook_attempts WHERE delivery_id ="
        " (SELECT id FROM webhook_deliveries WHERE invoice_number = $1)",
    }
    await work.do_due()
    await work.execute(undo[work.kind], work.poisoned["number"])
    await work.expire_leases()
    await work.end_pauses()
    await work.do_due()
    assert await work.count_failures() == 0


async def test_a_deletion_that_fails_does_not_prevent_the_other_deletions(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    async def fail(_: AsyncConnection) -> int:
        raise RuntimeError("this deletion fails")

    async def take(_: AsyncConnection) -> int:
        taken.append(1)
        return 0

    monkeypatch.setattr(cleanup, "DELETIONS", (fail, take, fail, take))
    await cleanup.clean_up(services)
    assert taken == [1, 1]


async def test_cleanup_deletes_postponed_work_that_nobody_has_tried_for_hours(
    services: Services, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO postponed_work (kind, item, error, not_before)"
            " VALUES ('refund', 'done', '', now() - interval '1 day'), ('refund', 'not yet', '', now())"
        )
    await cleanup.clean_up(services)
    async with engine.connect() as connection:
        assert (await connection.execute(sa.select(postponed_work.c.item))).scalars().all() == ["not yet"]
