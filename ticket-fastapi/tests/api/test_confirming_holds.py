"""Transaction 2 of a booking: one statement that confirms, records, tells and enqueues (DESIGN section 4, step 5)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from servicekit.db.engine import driver_in_transaction, driver_of
from servicekit.tracing import new_trace, tracing
from support.stage import Stage
from support.waiting import until
from ticketing.db import bookings
from ticketing.db.confirm_hold import confirm_hold
from ticketing.db.deliveries import OUTBOX
from ticketing.domain.booking import BookingStatus
from ticketing.domain.booking_record import Booking
from ticketing.usecases.representations import booking_data


async def holding(stage: Stage) -> Booking:
    """A booking HOLDING, with what a confirmation brings."""
    event, some = await stage.event()
    booking_id = await stage.book_elsewhere(event, some[:1])
    async with stage.services.engine.connect() as connection:
        booking = await bookings.find(connection, booking_id)
    assert booking is not None
    now = datetime.now(UTC)
    return replace(
        booking,
        status=BookingStatus.AWAITING_PAYMENT,
        invoice_number="INV-1",
        payment_url="http://payment/pay/1",
        hold_expires_at=now + timedelta(minutes=15),
        next_step_at=now,
    )


async def counts(stage: Stage, booking_id: UUID) -> tuple[int, int, int, int]:
    """Audit entries of the confirmation, webhooks, jobs, job log entries."""
    query = sa.text(
        "SELECT (SELECT count(*) FROM audit_entries WHERE subject_id = :id AND action = 'CONFIRM'),"
        " (SELECT count(*) FROM webhook_deliveries WHERE subject_id = :id),"
        " (SELECT count(*) FROM pgqueuer), (SELECT count(*) FROM pgqueuer_log)"
    )
    async with stage.services.engine.connect() as connection:
        row = (await connection.execute(query, {"id": booking_id})).one()
    return row[0], row[1], row[2], row[3]


@asynccontextmanager
async def listening(stage: Stage, hear: Callable[[object], None]) -> AsyncIterator[None]:
    """What a worker's connection is told by PgQueuer's table."""
    worker = await asyncpg.connect(stage.settings.database_dsn())
    try:
        await worker.add_listener("ch_pgqueuer", lambda *notice: hear(notice[-1]))
        yield
    finally:
        await worker.close()


async def store(stage: Stage, confirmed: Booking) -> Booking | None:
    async with stage.services.engine.connect() as connection:
        return await confirm_hold(await driver_of(connection), confirmed, data=booking_data(confirmed), actor="test")


async def test_the_webhook_says_what_was_stored(stage: Stage) -> None:
    stored = await store(stage, await holding(stage))
    assert stored is not None
    assert await counts(stage, stored.id) == (1, 1, 1, 1)
    [told] = await stage.told(str(stored.id))
    assert told == await stage.booking(str(stored.id))
    assert (told["status"], told["version"]) == ("AWAITING_PAYMENT", 2)


async def test_a_rollback_drops_the_webhook_and_its_job(stage: Stage) -> None:
    confirmed = await holding(stage)
    async with stage.services.engine.connect() as connection:
        driver = await driver_in_transaction(connection)
        assert await confirm_hold(driver, confirmed, data=booking_data(confirmed), actor="test") is not None
        await connection.rollback()
    assert (await stage.row(str(confirmed.id)))["status"] == "HOLDING"
    assert await counts(stage, confirmed.id) == (0, 0, 0, 0)


async def test_a_booking_that_has_moved_on_is_left_alone(stage: Stage) -> None:
    confirmed = await holding(stage)
    assert await store(stage, confirmed) is not None
    before = await stage.booking(str(confirmed.id))
    assert await store(stage, confirmed) is None
    assert await stage.booking(str(confirmed.id)) == before
    assert await counts(stage, confirmed.id) == (1, 1, 1, 1)


async def test_the_job_is_as_the_library_would_have_made_it(stage: Stage) -> None:
    trace = new_trace()
    with tracing(trace):
        stored = await store(stage, await holding(stage))
    assert stored is not None
    columns = "to_jsonb(pgqueuer) - array['id', 'created', 'updated', 'heartbeat', 'execute_after'] AS job"
    delay = "execute_after = created AS at_once"
    async with stage.services.engine.begin() as connection:
        [delivery] = (await connection.execute(sa.text("SELECT id FROM webhook_deliveries"))).scalars()
        ours = (await connection.execute(sa.text(f"DELETE FROM pgqueuer RETURNING {columns}, {delay}"))).one()
        with tracing(trace):
            await OUTBOX.ask_for_attempt(connection, delivery, attempts_made=0)
        theirs = (await connection.execute(sa.text(f"SELECT {columns}, {delay} FROM pgqueuer"))).one()
        assert ours.job == theirs.job
        assert ours.at_once
        assert theirs.at_once


async def test_workers_are_woken(stage: Stage) -> None:
    confirmed = await holding(stage)
    heard: list[object] = []
    async with listening(stage, heard.append):
        assert await store(stage, confirmed) is not None
        await until(lambda: bool(heard))
    assert "table_changed_event" in str(heard[0])
