"""What is due is done once, however many workers take it up, and each item stands alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from payments.db.postponed_work import postpone
from payments.db.tables import postponed_work
from payments.services import Services
from payments.usecases import keep_house
from payments.usecases.lanes import DELIVERIES, LANES, PAYMENTS, REFUNDS
from payments.usecases.refund_invoice import make_refund
from payments.usecases.settle_payment import settle_payment
from servicekit.lanes import AnyLane
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from support.invoices import Document, Till
from support.receiver import Receiver
from support.work import do_due


@pytest.fixture
async def processing(till: Till) -> Document:
    """An invoice whose attempt is to end."""
    invoice = await till.make()
    assert await till.pay(invoice) == 202
    return invoice


async def test_an_attempt_ends_once(till: Till, services: Services, processing: Document) -> None:
    await asyncio.gather(*(do_due(services, PAYMENTS) for _ in range(3)))
    paid = await till.read(processing)
    assert (paid["status"], paid["version"]) == ("PAID", 3)
    assert len(await till.deliveries(processing)) == 1


async def test_an_attempt_that_is_not_due_does_not_end(till: Till, services: Services) -> None:
    await till.simulate(latency_ms=60_000)
    invoice = await till.make()
    await till.pay(invoice)
    await do_due(services, PAYMENTS)
    assert (await till.read(invoice))["status"] == "PROCESSING"


async def test_an_attempt_whose_worker_died_ends_when_its_lease_is_over(
    till: Till, services: Services, engine: AsyncEngine, processing: Document
) -> None:
    async with engine.begin() as connection:
        assert len(await PAYMENTS.claim(services, connection, 8)) == 1
    await do_due(services, PAYMENTS)
    assert (await till.read(processing))["status"] == "PROCESSING"
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE payment_attempts SET due_at = now()")
    await do_due(services, PAYMENTS)
    assert (await till.read(processing))["status"] == "PAID"


async def test_a_refund_is_made_once(till: Till, services: Services, processing: Document) -> None:
    await settle_payment(services, processing["number"])
    await till.refund(processing)
    await asyncio.gather(*(do_due(services, REFUNDS) for _ in range(3)))
    assert (await till.read(processing))["status"] == "REFUNDED"
    assert [each["type"] for each in await till.deliveries(processing)] == ["invoice.paid", "invoice.refunded"]


async def test_a_refund_that_is_repeated_or_was_never_asked_for_does_nothing(
    till: Till, services: Services, processing: Document
) -> None:
    await settle_payment(services, processing["number"])
    await make_refund(services, processing["number"])
    assert (await till.read(processing))["status"] == "PAID"
    await till.refund(processing)
    for _ in range(2):
        await make_refund(services, processing["number"])
    assert (await till.read(processing))["version"] == 5


async def test_a_delivery_is_made_once(services: Services, processing: Document, receiver: Receiver) -> None:
    await settle_payment(services, processing["number"])
    await asyncio.gather(*(do_due(services, DELIVERIES) for _ in range(3)))
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
LANE = {lane.name: lane for lane in LANES}


@dataclass(frozen=True)
class Work:
    """Two pieces of one kind of work; the one of `poisoned` is due longer and can never be done."""

    kind: str
    poisoned: Document
    sound: Document
    till: Till
    services: Services

    async def do_due(self, at_once: int = 8) -> None:
        """Take up what is due, as one worker would."""
        lane: AnyLane[Services] = replace(LANE[self.kind], at_once=at_once)
        await do_due(self.services, lane)

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
        """What was taken up is due again."""
        due = "UPDATE webhook_deliveries SET next_attempt_at = created_at - interval '1 hour' WHERE state = 'PENDING'"
        await self.run(due)
        for table in ("payment_attempts", "refunds"):
            await self.run(f"UPDATE {table} SET due_at = now() - interval '1 hour' WHERE finished_at IS NULL")

    async def end_the_pause(self) -> None:
        """What was put off may be tried again."""
        await self.run("UPDATE postponed_work SET not_before = now()")

    async def failures(self) -> int:
        """How often the poisoned one was tried."""
        query = sa.select(postponed_work.c.failures).where(postponed_work.c.kind == self.kind)
        async with self.services.engine.connect() as connection:
            return (await connection.execute(query)).scalar_one_or_none() or 0


@pytest.fixture(params=list(LANE))
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
    await found.run(POISON[found.kind], processing["number"])
    for minutes, invoice in ((10, processing), (5, other)):
        for table, column in OVERDUE_BY:
            await found.run(
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


async def test_one_that_cannot_be_done_does_not_keep_the_others_from_it(work: Work) -> None:
    await work.do_due()
    assert await work.is_done()


async def test_those_that_can_never_be_done_do_not_crowd_out_the_others(work: Work) -> None:
    await work.do_due(at_once=1)
    assert not await work.is_done()
    await work.end_the_lease()
    await work.do_due(at_once=1)
    assert await work.is_done()


async def test_what_cannot_be_done_is_put_off_each_time_and_is_seen_in_the_metrics(work: Work) -> None:
    for failures in (1, 2):
        await work.do_due()
        await work.end_the_lease()
        await work.do_due()
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
    await work.do_due()
    await work.run(undo[work.kind], work.poisoned["number"])
    await work.end_the_lease()
    await work.end_the_pause()
    await work.do_due()
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
