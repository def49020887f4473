"""What was left half done is finished, although its job is lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from payments.db.postponed_work import postpone
from payments.db.tables import invoices, payment_attempts, postponed_work, webhook_deliveries
from payments.services import Services
from payments.usecases import keep_house, sweep
from payments.usecases.refund_invoice import make_refund
from payments.usecases.settle_payment import settle_payment
from payments.usecases.sweep import sweep_deliveries, sweep_payments, sweep_refunds
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
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


# What can never be done, of each kind of work: an attempt whose invoice is in a state that no step leads to, a refund
# that seems to be told already, a webhook whose attempts seem to be recorded already.

POISON = {
    "payment": "UPDATE invoices SET status = 'PENDING' WHERE number = $1",
    "refund": "INSERT INTO webhook_deliveries (id, invoice_number, type, body, request_id, traceparent, state,"
    " next_attempt_at) VALUES (gen_random_uuid(), $1, 'invoice.refunded', '{}', 'x', 'x', 'DEAD', NULL)",
    "delivery": "INSERT INTO webhook_attempts (delivery_id, number, latency_ms)"
    " SELECT id, number, 1 FROM webhook_deliveries, generate_series(1, 9) AS number WHERE invoice_number = $1",
}
SWEEPS = {"payment": sweep_payments, "refund": sweep_refunds, "delivery": sweep_deliveries}


@dataclass(frozen=True)
class Work:
    """Two pieces of one kind of work that have lost their jobs; the one of `poisoned` is due longer and never done."""

    kind: str
    poisoned: Document
    sound: Document
    till: Till
    services: Services

    async def sweep(self) -> None:
        await SWEEPS[self.kind](self.services)

    async def is_done(self) -> bool:
        """Whether the sound one is."""
        if self.kind == "delivery":
            return [told["state"] for told in await self.till.deliveries(self.sound)] == ["DELIVERED"]
        return bool(
            (await self.till.read(self.sound))["status"] == {"payment": "PAID", "refund": "REFUNDED"}[self.kind]
        )

    async def run(self, statement: str, *values: object) -> None:
        async with self.services.engine.begin() as connection:
            await connection.exec_driver_sql(statement, values)

    async def end_the_lease(self) -> None:
        """What was attempted is due again."""
        due = "UPDATE webhook_deliveries SET next_attempt_at = created_at - interval '1 hour' WHERE state = 'PENDING'"
        await self.run(due)

    async def end_the_pause(self) -> None:
        """What was put off may be tried again."""
        await self.run("UPDATE postponed_work SET not_before = now()")

    async def failures(self) -> int:
        """How often the poisoned one was tried."""
        query = sa.select(postponed_work.c.failures).where(postponed_work.c.kind == self.kind)
        async with self.services.engine.connect() as connection:
            return (await connection.execute(query)).scalar_one_or_none() or 0


@pytest.fixture(params=list(SWEEPS))
async def work(
    request: pytest.FixtureRequest, till: Till, engine: AsyncEngine, services: Services, processing: Document
) -> Work:
    other = await till.make()
    await till.pay(other)
    found = Work(request.param, processing, other, till, services)
    for invoice in (processing, other):
        if found.kind != "payment":
            await settle_payment(services, invoice["number"])
        if found.kind == "refund":
            await till.refund(invoice)
    await lose_jobs(engine)
    await found.run(POISON[found.kind], processing["number"])
    for minutes, invoice in ((10, processing), (5, other)):
        for table, column in OVERDUE_BY:
            key = "number" if table == "invoices" else "invoice_number"
            await found.run(
                f"UPDATE {table} SET {column} = now() - interval '{minutes} minutes'"
                f" WHERE {key} = $1 AND {column} IS NOT NULL",
                invoice["number"],
            )
    return found


OVERDUE_BY = (
    ("payment_attempts", "due_at"),
    ("invoices", "refund_requested_at"),
    ("webhook_deliveries", "next_attempt_at"),
)


async def test_one_that_cannot_be_done_does_not_keep_the_others_from_it(work: Work) -> None:
    await work.sweep()
    assert await work.is_done()


async def test_those_that_can_never_be_done_do_not_crowd_out_the_others(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 1)
    await work.sweep()
    assert not await work.is_done()
    await work.end_the_lease()
    await work.sweep()
    assert await work.is_done()


async def test_what_cannot_be_done_is_put_off_each_time_and_is_seen_in_the_metrics(work: Work) -> None:
    for failures in (1, 2):
        await work.sweep()
        await work.end_the_lease()
        await work.sweep()
        assert await work.failures() == failures
        await work.end_the_pause()
    async with work.till.client.get("/metrics") as answer:
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


async def test_what_could_be_done_after_all_is_postponed_no_more(work: Work) -> None:
    undo = {
        "payment": "UPDATE invoices SET status = 'PROCESSING' WHERE number = $1",
        "refund": "DELETE FROM webhook_deliveries WHERE type = 'invoice.refunded' AND invoice_number = $1",
        "delivery": "DELETE FROM webhook_attempts WHERE delivery_id ="
        " (SELECT id FROM webhook_deliveries WHERE invoice_number = $1)",
    }
    await work.sweep()
    await work.run(undo[work.kind], work.poisoned["number"])
    await work.end_the_lease()
    await work.end_the_pause()
    await work.sweep()
    assert await work.failures() == 0


async def test_a_step_of_housekeeping_that_fails_keeps_no_other_from_being_taken(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    async def fail(_: AsyncConnection) -> None:
        raise RuntimeError("not this one")

    async def take(_: AsyncConnection) -> None:
        taken.append(1)

    monkeypatch.setattr(keep_house, "STEPS", (fail, take, fail, take))
    await keep_house.keep_house(services)
    assert taken == [1, 1]


async def test_housekeeping_forgets_postponed_work_that_others_have_done(
    services: Services, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO postponed_work (kind, item, error, not_before)"
            " VALUES ('refund', 'done', '', now() - interval '1 day'), ('refund', 'not yet', '', now())"
        )
    await keep_house.keep_house(services)
    async with engine.connect() as connection:
        assert (await connection.execute(sa.select(postponed_work.c.item))).scalars().all() == ["not yet"]
