"""Documents that are due at the same time are made together, and each stands alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from support.concurrency_harness import render_together_quickly
from support.lanes import run_once
from support.ticket_system import TicketSystem
from ticketing.db import tables
from ticketing.documents.content import Document
from ticketing.integrations.object_store import ObjectStore, ObjectStoreUnavailable
from ticketing.usecases.booking import issue_documents
from ticketing.usecases.worker.lanes import DOCUMENTS

from devstack.waiting import wait_until

NUMBER = 3
POSITIONS = range(NUMBER)
REFUSE = """
CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.document_key IS NOT NULL AND new.id = '{booking_id}' THEN
        RAISE EXCEPTION 'a defect';
    END IF;
    RETURN new;
END $$
"""
TRIGGER = "CREATE TRIGGER refuse_poison BEFORE UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION refuse_poison()"


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The ids of the bookings whose documents were rendered together, by group."""
    rendered: list[list[str]] = []

    async def noted(documents: Sequence[Document]) -> list[bytes]:
        rendered.append([document.booking.booking_id for document in documents])
        return await render_together_quickly(documents)

    monkeypatch.setattr(issue_documents, "render_together", noted)
    return rendered


async def paid_bookings(system: TicketSystem) -> list[str]:
    """Returns the ids of bookings that are paid and have no documents."""
    event, seats = await system.create_event()
    ids = [(await system.book(event, [seat]))["id"] for seat in seats[:NUMBER]]
    for id_ in ids:
        await system.pay(id_)
    return ids


async def have_documents(system: TicketSystem, ids: Sequence[str]) -> list[bool]:
    return [(await system.booking(id_))["document"] is not None for id_ in ids]


def all_but(position: int) -> list[bool]:
    return [each != position for each in POSITIONS]


async def traces_of_events(system: TicketSystem, booking_id: str) -> list[tuple[str, str]]:
    rows = tables.webhook_deliveries.c
    query = sa.select(rows.request_id, rows.traceparent).where(rows.subject_id == booking_id)
    async with system.services.engine.connect() as connection:
        found = await connection.execute(query.order_by(rows.subject_version))
        return [(row.request_id, row.traceparent) for row in found]


async def test_what_is_due_at_once_is_made_together_and_each_document_has_the_trace_of_its_booking(
    system: TicketSystem, groups: list[list[str]]
) -> None:
    ids = await paid_bookings(system)
    await run_once(system.services, DOCUMENTS)
    assert [sorted(group) for group in groups] == [sorted(ids)]
    for id_ in ids:
        row = await system.booking_row(id_)
        assert (row["document_kind"], row["next_step_at"]) == ("CONFIRMATION", None)
        assert row["document_key"] == f"bookings/{id_}/confirmation-{row['document_sha256'][:12]}.pdf"
        published = await system.published(id_)
        assert [data["document"] is not None for data in published] == [False, False, True]
        assert published[-1] == await system.booking(id_)
        _, of_payment, of_document = await traces_of_events(system, id_)
        assert of_document == of_payment


@pytest.mark.parametrize("position", POSITIONS)
async def test_a_text_that_cannot_be_rendered_keeps_no_other_document_back(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch, position: int
) -> None:
    ids = await paid_bookings(system)

    async def choosy(documents: Sequence[Document]) -> list[bytes]:
        if any(document.booking.booking_id == ids[position] for document in documents):
            raise ValueError("no glyph")
        return await render_together_quickly(documents)

    # Alone, its text is replaced (`test_items_stand_alone.py`).
    monkeypatch.setattr(issue_documents, "render_together", choosy)
    await run_once(system.services, DOCUMENTS)
    assert await have_documents(system, ids) == [True] * NUMBER


@pytest.mark.parametrize("position", POSITIONS)
async def test_an_upload_that_fails_is_repeated_later_and_alone(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch, groups: list[list[str]], position: int
) -> None:
    ids = await paid_bookings(system)
    put = ObjectStore.put

    async def away(store: ObjectStore, key: str, *arguments: Any, **options: Any) -> None:
        if ids[position] in key:
            raise ObjectStoreUnavailable("away")
        await put(store, key, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "put", away)
        await run_once(system.services, DOCUMENTS)
    assert await have_documents(system, ids) == all_but(position)
    assert (await system.booking_row(ids[position]))["next_step_at"] > datetime.now(UTC)
    await system.make_work_due(ids[position])
    others = await paid_bookings(system)
    await run_once(system.services, DOCUMENTS)
    assert await have_documents(system, ids + others) == [True] * 2 * NUMBER
    assert [sorted(group) for group in groups] == [sorted(ids), sorted(others)]


async def test_a_slow_upload_keeps_no_other_document_back(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue_documents, "UPLOAD_SECONDS", 0.05)
    ids = await paid_bookings(system)
    put, may_end = ObjectStore.put, asyncio.Event()

    async def slow(store: ObjectStore, key: str, *arguments: Any, **options: Any) -> None:
        if ids[1] in key:
            await may_end.wait()
        await put(store, key, *arguments, **options)

    monkeypatch.setattr(ObjectStore, "put", slow)
    making = asyncio.create_task(run_once(system.services, DOCUMENTS))

    async def others_have_theirs() -> bool:
        return await have_documents(system, ids) == all_but(1)

    await wait_until(others_have_theirs)
    may_end.set()
    await making
    assert await have_documents(system, ids) == [True] * NUMBER


@pytest.mark.parametrize("position", POSITIONS)
async def test_a_document_that_cannot_be_recorded_is_put_off_alone(system: TicketSystem, position: int) -> None:
    ids = await paid_bookings(system)
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(REFUSE.format(booking_id=ids[position]))
        await connection.exec_driver_sql(TRIGGER)
    try:
        await run_once(system.services, DOCUMENTS)
    finally:
        async with system.services.engine.begin() as connection:
            await connection.exec_driver_sql("DROP FUNCTION refuse_poison CASCADE")
    assert await have_documents(system, ids) == all_but(position)
    assert (await system.booking_row(ids[position]))["next_step_at"] > datetime.now(UTC)


async def test_a_booking_that_changes_meanwhile_gets_the_document_of_its_new_state(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await paid_bookings(system)

    async def render_while_one_is_cancelled(documents: Sequence[Document]) -> list[bytes]:
        await system.client.post(f"/api/v1/bookings/{ids[1]}/cancel")
        return await render_together_quickly(documents)

    with monkeypatch.context() as patch:
        patch.setattr(issue_documents, "render_together", render_while_one_is_cancelled)
        await run_once(system.services, DOCUMENTS)
    assert await have_documents(system, ids) == all_but(1)
    await system.run_until_idle()
    assert [(await system.booking(id_))["document"]["kind"] for id_ in ids] == [
        "CONFIRMATION",
        "NOTICE",
        "CONFIRMATION",
    ]


async def test_if_rendering_takes_too_long_each_is_repeated_later_and_alone(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch, groups: list[list[str]]
) -> None:
    ids = await paid_bookings(system)

    async def hang(_: Sequence[Document]) -> list[bytes]:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(issue_documents, "render_together", hang)
        await run_once(system.services, DOCUMENTS)
    assert await have_documents(system, ids) == [False] * NUMBER
    for id_ in ids:
        assert (await system.booking_row(id_))["next_step_at"] > datetime.now(UTC)
        await system.make_work_due(id_)
    await run_once(system.services, DOCUMENTS)
    assert await have_documents(system, ids) == [True] * NUMBER
    assert groups == []
