"""The statement that records a document: what it stores, and that it stores nothing for a state that has passed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from servicekit.db.engine import reading
from support.actions import COUNT_WAITING_FOR_LOCKS
from support.concurrency_harness import render_quickly
from support.ticket_system import TicketSystem
from ticketing.db.booking import bookings
from ticketing.db.tables import audit_entries
from ticketing.domain.booking_record import Booking
from ticketing.usecases.booking import issue_document
from ticketing.usecases.step_outcome import DONE, Retry

from devstack.waiting import wait_until

NEXT_VERSION = sa.text("UPDATE bookings SET version = version + 1 WHERE id = :id")


async def read(system: TicketSystem, booking_id: str) -> Booking:
    async with reading(system.services.engine) as connection:
        return await bookings.require(connection, UUID(booking_id))


async def audited(system: TicketSystem, booking_id: str) -> list[Any]:
    rows = audit_entries.c
    query = sa.select(rows.actor, rows.from_status, rows.to_status, rows.detail)
    query = query.where(rows.subject_id == booking_id, rows.action == "ISSUE_DOCUMENT")
    async with reading(system.services.engine) as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def test_a_confirmation_is_recorded_audited_and_published(system: TicketSystem) -> None:
    event, free = await system.create_event()
    booking = await system.book(event, free[:2])
    await system.pay(booking["id"])
    paid = await read(system, booking["id"])
    assert await issue_document.issue_document(system.services, paid) is DONE
    row = await system.booking_row(booking["id"])
    assert (row["document_kind"], row["version"]) == ("CONFIRMATION", paid.version + 1)
    assert row["document_key"] == f"bookings/{booking['id']}/confirmation-{row['document_sha256'][:12]}.pdf"
    assert row["next_step_at"] is None
    assert row["document_made_at"] >= row["updated_at"]
    detail = {name: row[name] for name in ("document_kind", "document_key", "document_sha256")}
    assert await audited(system, booking["id"]) == [("documents", "BOOKED", "BOOKED", detail)]
    published = (await system.published(booking["id"]))[-1]
    assert published == await system.booking(booking["id"])
    assert published["document"]["sha256"] == row["document_sha256"]


async def test_after_the_notice_of_a_refund_the_refund_is_due(system: TicketSystem) -> None:
    event, free = await system.create_event()
    booking = await system.book_and_pay(event, free[:1])
    await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel")
    async with system.services.engine.begin() as connection:
        await bookings.mark_released(connection, UUID(booking["id"]))
    cancelled = await read(system, booking["id"])
    assert await issue_document.issue_document(system.services, cancelled) is DONE
    row = await system.booking_row(booking["id"])
    assert (row["document_kind"], row["refund_status"], row["next_step"]) == ("NOTICE", "PENDING", "refund_payment")
    assert row["next_step_at"] == row["updated_at"]


async def test_a_confirmation_of_a_booking_that_was_cancelled_meanwhile_is_not_stored(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, free = await system.create_event()
    booking = await system.book(event, free[:1])
    await system.pay(booking["id"])
    paid = await read(system, booking["id"])

    async def render_while_it_is_cancelled(document: Any) -> bytes:
        await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel")
        return await render_quickly(document)

    with monkeypatch.context() as patch:
        patch.setattr(issue_document, "render", render_while_it_is_cancelled)
        assert isinstance(await issue_document.issue_document(system.services, paid), Retry)
    assert (await system.booking(booking["id"]))["document"] is None
    assert await audited(system, booking["id"]) == []
    await system.run_until_idle()
    assert (await system.booking(booking["id"]))["document"]["kind"] == "NOTICE"


async def test_a_document_whose_booking_is_just_being_changed_waits_for_the_change_and_is_not_stored(
    system: TicketSystem,
) -> None:
    event, free = await system.create_event()
    booking = await system.book(event, free[:1])
    await system.pay(booking["id"])
    paid = await read(system, booking["id"])
    engine = system.services.engine

    async def waits_for_a_lock() -> bool:
        async with engine.connect() as observer:
            return bool((await observer.execute(COUNT_WAITING_FOR_LOCKS)).scalar_one())

    async with engine.begin() as changing:
        await changing.execute(NEXT_VERSION, {"id": booking["id"]})
        storing = asyncio.create_task(issue_document.issue_document(system.services, paid))
        await wait_until(waits_for_a_lock)
    assert isinstance(await storing, Retry)
    assert (await system.booking(booking["id"]))["document"] is None


async def test_a_document_is_recorded_once_however_often_it_is_made_at_once(system: TicketSystem) -> None:
    event, free = await system.create_event()
    booking = await system.book(event, free[:1])
    await system.pay(booking["id"])
    paid = await read(system, booking["id"])
    assert await issue_document.issue_document(system.services, paid) is DONE
    assert isinstance(await issue_document.issue_document(system.services, paid), Retry)
    assert len(await audited(system, booking["id"])) == 1
    await system.run_until_idle()
    assert (await system.booking_row(booking["id"]))["next_step_at"] is None
