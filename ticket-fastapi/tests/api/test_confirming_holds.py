"""Transaction 2 of a booking: one statement confirms, audits and publishes it (docs/booking.md, step 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from servicekit.db.engine import driver_in_transaction, driver_of
from servicekit.tracing import new_trace, tracing
from support.ticket_system import TicketSystem
from ticketing.db.booking import bookings
from ticketing.db.booking.store_confirmation import store_confirmation
from ticketing.db.tables import webhook_deliveries
from ticketing.domain.booking import BookingStatus
from ticketing.domain.booking_record import Booking
from ticketing.usecases.webhooks.publish import publish_booking
from ticketing.usecases.webhooks.representations import booking_data


async def holding(system: TicketSystem) -> Booking:
    """Stores a booking HOLDING; returns it with the values that a confirmation sets."""
    event, seats = await system.create_event()
    booking_id = await system.store_hold(event, seats[:1])
    async with system.services.engine.connect() as connection:
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


async def counts(system: TicketSystem, booking_id: UUID) -> tuple[int, int, int]:
    """Counts audit entries of the confirmation, webhooks, and webhooks that are due."""
    query = sa.text(
        "SELECT (SELECT count(*) FROM audit_entries WHERE subject_id = :id AND action = 'CONFIRM'),"
        " (SELECT count(*) FROM webhook_deliveries WHERE subject_id = :id),"
        " (SELECT count(*) FROM webhook_deliveries WHERE subject_id = :id AND next_attempt_at <= now())"
    )
    async with system.services.engine.connect() as connection:
        row = (await connection.execute(query, {"id": booking_id})).one()
    return row[0], row[1], row[2]


async def store(system: TicketSystem, confirmed: Booking) -> Booking | None:
    async with system.services.engine.connect() as connection:
        return await store_confirmation(
            await driver_of(connection), confirmed, data=booking_data(confirmed), actor="test"
        )


async def test_the_webhook_contains_the_stored_booking(system: TicketSystem) -> None:
    stored = await store(system, await holding(system))
    assert stored is not None
    assert await counts(system, stored.id) == (1, 1, 1)
    [published] = await system.published(str(stored.id))
    assert published == await system.booking(str(stored.id))
    assert (published["status"], published["version"]) == ("AWAITING_PAYMENT", 2)


async def test_a_rollback_drops_the_webhook(system: TicketSystem) -> None:
    confirmed = await holding(system)
    async with system.services.engine.connect() as connection:
        driver = await driver_in_transaction(connection)
        assert await store_confirmation(driver, confirmed, data=booking_data(confirmed), actor="test") is not None
        await connection.rollback()
    assert (await system.booking_row(str(confirmed.id)))["status"] == "HOLDING"
    assert await counts(system, confirmed.id) == (0, 0, 0)


async def test_a_booking_that_is_confirmed_already_is_not_confirmed_again(system: TicketSystem) -> None:
    confirmed = await holding(system)
    assert await store(system, confirmed) is not None
    before = await system.booking(str(confirmed.id))
    assert await store(system, confirmed) is None
    assert await system.booking(str(confirmed.id)) == before
    assert await counts(system, confirmed.id) == (1, 1, 1)


async def test_the_webhook_equals_the_one_that_the_outbox_writes(system: TicketSystem) -> None:
    rows = webhook_deliveries.c
    own = (rows.id, rows.created_at, rows.next_attempt_at, rows.data)
    columns = [column for column in webhook_deliveries.columns if all(column is not each for each in own)]
    query = sa.delete(webhook_deliveries).returning(
        *columns, (rows.next_attempt_at == rows.created_at).label("at_once")
    )
    with tracing(new_trace()):
        stored = await store(system, await holding(system))
        assert stored is not None
        async with system.services.engine.begin() as connection:
            ours = (await connection.execute(query)).one()
            await publish_booking(connection, stored)
            theirs = (await connection.execute(query)).one()
    assert ours == theirs
    assert ours.at_once


async def test_workers_are_notified_once_the_confirmation_is_stored(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(system.services.bell, "ring", lambda: rung.append(1))
    event, seats = await system.create_event()
    await system.book(event, seats[:1])
    assert rung == [1]
