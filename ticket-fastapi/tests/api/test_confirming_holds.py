"""Transaction 2 of a booking: one statement that confirms, records and tells (DESIGN section 4, step 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from servicekit.db.engine import driver_in_transaction, driver_of
from servicekit.tracing import new_trace, tracing
from support.stage import Stage
from ticketing.db.booking import bookings
from ticketing.db.booking.store_confirmation import store_confirmation
from ticketing.db.tables import webhook_deliveries
from ticketing.domain.booking import BookingStatus
from ticketing.domain.booking_record import Booking
from ticketing.usecases.webhooks.publish import publish_booking
from ticketing.usecases.webhooks.representations import booking_data


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


async def counts(stage: Stage, booking_id: UUID) -> tuple[int, int, int]:
    """Audit entries of the confirmation, webhooks, and those of them that are due."""
    query = sa.text(
        "SELECT (SELECT count(*) FROM audit_entries WHERE subject_id = :id AND action = 'CONFIRM'),"
        " (SELECT count(*) FROM webhook_deliveries WHERE subject_id = :id),"
        " (SELECT count(*) FROM webhook_deliveries WHERE subject_id = :id AND next_attempt_at <= now())"
    )
    async with stage.services.engine.connect() as connection:
        row = (await connection.execute(query, {"id": booking_id})).one()
    return row[0], row[1], row[2]


async def store(stage: Stage, confirmed: Booking) -> Booking | None:
    async with stage.services.engine.connect() as connection:
        return await store_confirmation(
            await driver_of(connection), confirmed, data=booking_data(confirmed), actor="test"
        )


async def test_the_webhook_says_what_was_stored(stage: Stage) -> None:
    stored = await store(stage, await holding(stage))
    assert stored is not None
    assert await counts(stage, stored.id) == (1, 1, 1)
    [told] = await stage.told(str(stored.id))
    assert told == await stage.booking(str(stored.id))
    assert (told["status"], told["version"]) == ("AWAITING_PAYMENT", 2)


async def test_a_rollback_drops_the_webhook(stage: Stage) -> None:
    confirmed = await holding(stage)
    async with stage.services.engine.connect() as connection:
        driver = await driver_in_transaction(connection)
        assert await store_confirmation(driver, confirmed, data=booking_data(confirmed), actor="test") is not None
        await connection.rollback()
    assert (await stage.row(str(confirmed.id)))["status"] == "HOLDING"
    assert await counts(stage, confirmed.id) == (0, 0, 0)


async def test_a_booking_that_has_moved_on_is_left_alone(stage: Stage) -> None:
    confirmed = await holding(stage)
    assert await store(stage, confirmed) is not None
    before = await stage.booking(str(confirmed.id))
    assert await store(stage, confirmed) is None
    assert await stage.booking(str(confirmed.id)) == before
    assert await counts(stage, confirmed.id) == (1, 1, 1)


async def test_the_webhook_is_as_the_outbox_would_have_made_it(stage: Stage) -> None:
    rows = webhook_deliveries.c
    own = (rows.id, rows.created_at, rows.next_attempt_at, rows.data)
    columns = [column for column in webhook_deliveries.columns if all(column is not each for each in own)]
    query = sa.delete(webhook_deliveries).returning(
        *columns, (rows.next_attempt_at == rows.created_at).label("at_once")
    )
    with tracing(new_trace()):
        stored = await store(stage, await holding(stage))
        assert stored is not None
        async with stage.services.engine.begin() as connection:
            ours = (await connection.execute(query)).one()
            await publish_booking(connection, stored)
            theirs = (await connection.execute(query)).one()
    assert ours == theirs
    assert ours.at_once


async def test_workers_are_woken_once_it_is_stored(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    monkeypatch.setattr(stage.services.bell, "ring", lambda: rung.append(1))
    event, some = await stage.event()
    await stage.book(event, some[:1])
    assert rung == [1]
