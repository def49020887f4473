"""In every loop a failing item is logged, counted and postponed, and does not delay the other items."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs
from support.lanes import advance_booking, attempt_delivery, run_once
from support.ticket_system import TicketSystem
from ticketing.db.tables import bookings, event_operations, webhook_deliveries
from ticketing.db.worker.failures import count_failures
from ticketing.documents.content import Document
from ticketing.documents.render import render_now
from ticketing.domain.booking_record import Booking
from ticketing.domain.work import Loop
from ticketing.services import Services, open_services
from ticketing.settings import Settings
from ticketing.usecases.booking import issue_document
from ticketing.usecases.booking.cancel_booking import cancel_booking
from ticketing.usecases.operations import cancel_event
from ticketing.usecases.waitlist import close_queues
from ticketing.usecases.webhooks.publish import publish_current_entry
from ticketing.usecases.work_items import count_failed, for_each
from ticketing.usecases.worker import cleanup
from ticketing.usecases.worker.advance import LONGEST_PAUSE
from ticketing.usecases.worker.lanes import RELEASES

POISON_CHARACTER = "\N{SKULL AND CROSSBONES}"


class PoisonError(Exception):
    """Raised by a failing item."""


def failing_for(
    function: Callable[..., Awaitable[Any]], is_poison: Callable[[Any], bool]
) -> Callable[..., Awaitable[Any]]:
    """Returns `function` changed so that it raises PoisonError if its second argument is poison."""

    async def poisoned(first: Any, second: Any, *others: Any, **named: Any) -> Any:
        if is_poison(second):
            raise PoisonError(f"{second}")
        return await function(first, second, *others, **named)

    return poisoned


async def failures(system: TicketSystem) -> dict[str, int]:
    async with system.services.engine.connect() as connection:
        return await count_failures(connection)


async def unreadable_bookings(system: TicketSystem, event: Any, number: int, *, changed: datetime) -> list[UUID]:
    """Stores bookings that have been due for years and that the service cannot read, because they have no seats."""
    ids = [uuid4() for _ in range(number)]
    long_ago = datetime(2019, 1, 1, tzinfo=UTC)
    common = {
        "event_id": event["id"],
        "customer_id": uuid4(),
        "customer_name": "Ayu",
        "customer_email": "ayu@example.com",
        "origin": "DIRECT",
        "status": "EXPIRED",
        "amount": 1,
        "currency": "IDR",
        "next_step_at": long_ago,
        "updated_at": changed,
    }
    async with system.services.engine.begin() as connection:
        await connection.execute(sa.insert(bookings), [{"id": id_, **common} for id_ in ids])
    return ids


async def test_failing_bookings_that_fill_a_lane_do_not_block_the_next_booking(
    system: TicketSystem,
) -> None:
    """They need the same step as the healthy one, are due earlier, and use all places of their organizer once."""
    event, (seat, *_) = await system.create_event()
    healthy = await system.book(event, [seat])
    await system.client.post(f"/api/v1/bookings/{healthy['id']}/cancel", json={})
    poisonous = await unreadable_bookings(system, event, RELEASES.of_one_owner, changed=datetime.now(UTC))
    with capture_logs() as lines:
        await run_once(system.services, RELEASES)
        assert (await system.booking_row(healthy["id"]))["released_at"] is None
        await run_once(system.services, RELEASES)
    assert (await system.booking_row(healthy["id"]))["released_at"] is not None
    assert {line["item"] for line in lines if line["event"] == "work.failed"} == {str(id_) for id_ in poisonous}
    assert await failures(system) == {Loop.BOOKINGS: RELEASES.of_one_owner}
    metrics = (await system.client.get("/metrics")).text
    assert f'ticket_work_failures{{loop="bookings"}} {RELEASES.of_one_owner}.0' in metrics
    assert 'ticket_work_failures{loop="queues"} 0.0' in metrics


@pytest.mark.parametrize(
    ("age", "pause"),
    [(0, timedelta(seconds=20)), (5 * 60, timedelta(seconds=150)), (24 * 3600, LONGEST_PAUSE)],
)
async def test_a_booking_that_keeps_failing_is_tried_at_growing_intervals(
    system: TicketSystem, age: int, pause: timedelta
) -> None:
    event, _ = await system.create_event()
    changed = datetime.now(UTC) - timedelta(seconds=age)
    (poisonous,) = await unreadable_bookings(system, event, 1, changed=changed)
    before = datetime.now(UTC)
    with pytest.raises(TypeError):
        await advance_booking(system.services, poisonous)
    due = await _next_step(system, poisonous)
    assert before + pause <= due <= datetime.now(UTC) + pause + timedelta(seconds=5)


async def _next_step(system: TicketSystem, booking_id: UUID) -> datetime:
    async with system.services.engine.connect() as connection:
        due: datetime = (
            await connection.execute(sa.select(bookings.c.next_step_at).where(bookings.c.id == booking_id))
        ).scalar_one()
    return due


async def test_a_booking_that_becomes_due_while_its_step_fails_is_due_at_once(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book(event, [seat])
    await system.pass_payment_deadline(booking["id"])

    async def woken(_: Any, wanted: Booking) -> Any:
        await system.make_work_due(str(wanted.id))
        raise PoisonError

    monkeypatch.setattr(type(system.services.gateways.payments), "void", woken)
    with pytest.raises(PoisonError):
        await advance_booking(system.services, UUID(booking["id"]))
    assert await _next_step(system, UUID(booking["id"])) <= datetime.now(UTC)


async def test_failing_entries_do_not_keep_other_entries_in_their_queues(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failing entries come first, and there are more of them than one batch takes."""
    monkeypatch.setattr(close_queues, "BATCH", 2)
    event, (seat, *_) = await system.create_event()
    await system.book(event, [seat])
    entries = sorted([(await system.join(seat))["id"] for _ in range(5)])
    poisonous, healthy = set(entries[:3]), set(entries[3:])
    tell = failing_for(publish_current_entry, lambda entry_id: str(entry_id) in poisonous)
    monkeypatch.setattr(close_queues, "publish_current_entry", tell)
    await system.client.post(f"/api/v1/events/{event['id']}/close-sales")
    await system.sweep_queues()
    statuses = {entry_id: (await system.entry(entry_id))["status"] for entry_id in entries}
    assert statuses == {**dict.fromkeys(poisonous, "WAITING"), **dict.fromkeys(healthy, "LAPSED")}
    assert await failures(system) == {Loop.QUEUES: 3}
    monkeypatch.undo()
    await system.sweep_queues()
    assert {(await system.entry(entry_id))["status"] for entry_id in entries} == {"LAPSED"}


async def test_a_failing_booking_of_a_cancelled_event_does_not_delay_other_refunds(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, seats = await system.create_event()
    booking_ids = sorted([(await system.book(event, [seat]))["id"] for seat in seats])
    cancel = failing_for(cancel_booking, lambda booking_id: str(booking_id) == booking_ids[0])
    monkeypatch.setattr(cancel_event, "cancel_booking", cancel)
    await system.client.post(f"/api/v1/events/{event['id']}/cancel", json={})
    await system.sweep_queues()
    assert [(await system.booking(id_))["status"] for id_ in booking_ids] == [
        "AWAITING_PAYMENT",
        "CANCELLED",
        "CANCELLED",
    ]
    assert await failures(system) == {Loop.CANCELLATIONS: 1}
    (operation,) = await _operations(system)
    assert (operation["state"], operation["done"]) == ("RUNNING", 2)
    assert operation["next_step_at"] > datetime.now(UTC)
    monkeypatch.undo()
    await system.make_work_due()
    await system.sweep_queues()
    assert (await system.booking(booking_ids[0]))["status"] == "CANCELLED"
    assert [operation["state"] for operation in await _operations(system)] == ["DONE"]


async def test_a_failing_operation_does_not_delay_other_operations(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [(await system.create_event())[0] for _ in range(3)]
    for event in events:
        await system.client.post(f"/api/v1/events/{event['id']}/cancel", json={})
    poisonous = (await _operations(system))[0]["id"]
    carry_on = failing_for(cancel_event.continue_cancellation, lambda operation: operation.id == poisonous)
    monkeypatch.setattr(cancel_event, "continue_cancellation", carry_on)
    await system.sweep_queues()
    assert [operation["state"] for operation in await _operations(system)] == ["RUNNING", "DONE", "DONE"]
    assert await failures(system) == {Loop.OPERATIONS: 1}


async def _operations(system: TicketSystem) -> list[sa.RowMapping]:
    query = sa.select(event_operations).order_by(event_operations.c.created_at)
    async with system.services.engine.connect() as connection:
        return list((await connection.execute(query)).mappings())


async def test_a_delivery_that_cannot_be_sent_counts_as_a_failed_attempt(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the delivery is retried on schedule and then becomes a dead letter that staff sees."""
    event, (seat, *_) = await system.create_event()
    booking = await system.book_and_pay(event, [seat])
    row = webhook_deliveries.c
    query = sa.select(row.id).where(row.subject_id == booking["id"]).order_by(row.subject_version.desc()).limit(1)
    async with system.services.engine.connect() as connection:
        delivery_id = (await connection.execute(query)).scalar_one()

    def no_link(*_: Any, **__: Any) -> None:
        raise PoisonError("a name with \x00 and \ud800 in it")

    monkeypatch.setattr(type(system.services.object_store), "presign", no_link)
    for _ in range(9):
        await _make_due(system, delivery_id)
        await attempt_delivery(system.services, delivery_id)
    shown = (await system.client.get("/api/v1/webhook-deliveries", params={"state": "DEAD"})).json()["items"]
    assert [delivery["id"] for delivery in shown] == [str(delivery_id)]
    assert {attempt["error"].partition("(")[0] for attempt in shown[0]["attempts"]} == {"not sent: PoisonError"}
    assert await failures(system) == {Loop.DELIVERIES: 9}


async def _make_due(system: TicketSystem, delivery_id: UUID) -> None:
    async with system.services.engine.begin() as connection:
        due = sa.update(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id)
        await connection.execute(due.values(next_attempt_at=sa.func.now()))


async def test_a_booking_with_a_text_that_cannot_be_rendered_gets_a_plain_document(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[Document] = []

    async def choosy(document: Document) -> bytes:
        if POISON_CHARACTER in document.booking.event.name:
            raise PoisonError("no glyph")
        rendered.append(document)
        return render_now(document)

    monkeypatch.setattr(issue_document, "render", choosy)
    event, (seat, *_) = await system.create_event(name=f"Malam {POISON_CHARACTER}")
    booking = await system.book_and_pay(event, [seat])
    assert (booking["status"], booking["document"]["kind"]) == ("BOOKED", "CONFIRMATION")
    assert [document.booking.event.name for document in rendered] == ["Malam ?"]
    assert (await system.published(booking["id"]))[-1]["document"]["sha256"] == booking["document"]["sha256"]
    assert await failures(system) == {Loop.DOCUMENTS: 1}


async def test_a_failing_step_of_the_cleanup_does_not_stop_the_next_one(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def poisonous(_: AsyncConnection) -> int:
        raise PoisonError

    async def healthy(_: AsyncConnection) -> int:
        done.append("healthy")
        return 0

    monkeypatch.setattr(cleanup, "DELETIONS", (poisonous, healthy))
    await cleanup.clean_up(system.services)
    assert done == ["healthy"]
    assert await failures(system) == {Loop.CLEANUP: 1}


async def test_an_item_that_raises_cancelled_error_counts_as_failed(services: Services) -> None:
    done: list[int] = []

    async def act(number: int) -> None:
        if number == 1:
            raise asyncio.CancelledError
        done.append(number)

    for at_once in (1, 2):
        assert await for_each(services, Loop.CLEANUP, [1, 2], act, at_once=at_once) == [1]
    assert done == [2, 2]


@pytest.mark.parametrize("at_once", [1, 2])
async def test_a_cancelled_loop_ends(services: Services, at_once: int) -> None:
    started = asyncio.Event()

    async def act(_: int) -> None:
        started.set()
        await asyncio.Event().wait()

    work = asyncio.create_task(for_each(services, Loop.CLEANUP, [1, 2], act, at_once=at_once))
    await asyncio.wait_for(started.wait(), 5)
    work.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait_for(work, 5)
    assert work.cancelled()


async def test_a_failure_that_cannot_be_counted_is_logged(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:9/nothing"})
    async with open_services(nowhere, "ticket-tests") as services:
        with capture_logs() as lines:
            await count_failed(services, Loop.CLEANUP, "an item", PoisonError())
    assert [line["event"] for line in lines] == ["work.failure-not-counted"]
