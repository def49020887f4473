"""Everybody who has booked or queues for an event is told when it moves, and gets a ticket with the new facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from support.lanes import run_once
from support.ticket_system import TicketSystem
from ticketing.db.tables import events, webhook_deliveries
from ticketing.integrations.object_store import ObjectStore, ObjectStoreUnavailable
from ticketing.usecases.operations import publish_event_change
from ticketing.usecases.webhooks.publish import publish_booking
from ticketing.usecases.worker.lanes import EVENT_CHANGES

MOVED = {
    "name": "Malam Gamelan II",
    "venue": "Gedung Baru",
    "time_zone": "Asia/Makassar",
    "starts_at": (datetime.now(UTC) + timedelta(days=200)).isoformat(),
}


async def change(system: TicketSystem, event: Any, **fields: Any) -> None:
    answer = await system.client.patch(f"/api/v1/events/{event['id']}", json=fields)
    assert answer.status_code == 200, answer.text


async def is_due(system: TicketSystem) -> bool:
    async with system.services.engine.connect() as connection:
        return (await connection.execute(sa.select(events.c.facts_due_at))).scalar_one() is not None


async def told(system: TicketSystem, subject: Any) -> dict[str, Any]:
    """Returns the newest published representation."""
    return (await system.published(subject["id"]))[-1]


def has_moved(data: dict[str, Any]) -> bool:
    event = data["event"]
    same = all(event[name] == MOVED[name] for name in ("name", "venue", "time_zone"))
    return same and datetime.fromisoformat(event["starts_at"]) == datetime.fromisoformat(MOVED["starts_at"])


async def test_every_live_booking_and_entry_is_told_and_every_ticket_is_made_anew(system: TicketSystem) -> None:
    event, seats = await system.create_event(seats_per_row=4)
    paid, other = await system.book_and_pay(event, seats[:1]), await system.book_and_pay(event, seats[1:2])
    unpaid, ended = await system.book(event, seats[2:3]), await system.book(event, seats[3:4])
    await system.client.post(f"/api/v1/bookings/{ended['id']}/cancel", json={})
    await system.run_until_idle()
    entry = await system.join(seats[0])
    before = {each["id"]: await system.booking(each["id"]) for each in (paid, other, unpaid, ended)}
    deadline = (await system.booking_row(unpaid["id"]))["next_step_at"]

    await change(system, event, **MOVED)
    await run_once(system.services, EVENT_CHANGES)

    for booking in (paid, other, unpaid):
        now = await system.booking(booking["id"])
        assert now["version"] > before[booking["id"]]["version"]
        assert has_moved(now)
        assert has_moved(await told(system, booking))
    assert (await system.booking_row(unpaid["id"]))["next_step_at"] == deadline
    for booking in (paid, other):
        now = await system.booking(booking["id"])
        assert (now["status"], now["document"]["kind"]) == ("BOOKED", "CONFIRMATION")
        assert now["document"]["sha256"] != before[booking["id"]]["document"]["sha256"]
        assert (await told(system, booking))["document"]["sha256"] == now["document"]["sha256"]
    assert (await system.booking(ended["id"]))["version"] == before[ended["id"]]["version"]
    assert has_moved(await told(system, entry))
    assert (await system.entry(entry["id"]))["version"] == 2
    assert not await is_due(system)

    # Told once: nothing is left to do.
    versions = {each["id"]: (await system.booking(each["id"]))["version"] for each in (paid, other, unpaid)}
    await system.make_work_due()
    await run_once(system.services, EVENT_CHANGES)
    assert versions == {id_: (await system.booking(id_))["version"] for id_ in versions}


async def test_what_a_change_causes_is_bulk(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    await system.book_and_pay(event, seats[:1])
    async with system.services.engine.begin() as connection:
        await connection.execute(sa.delete(webhook_deliveries))
    await change(system, event, venue="Gedung Baru")
    await run_once(system.services, EVENT_CHANGES)
    async with system.services.engine.connect() as connection:
        found = (await connection.execute(sa.select(webhook_deliveries.c.bulk))).scalars().all()
    assert found == [True, True], "the new facts, and the new document"


@pytest.mark.parametrize("fields", [{"description": "Now with an interval."}, {"name": "Malam Gamelan"}])
async def test_a_change_that_buyers_need_not_know_is_told_to_nobody(
    system: TicketSystem, fields: dict[str, Any]
) -> None:
    event, seats = await system.create_event(name="Malam Gamelan")
    booking = await system.book(event, seats[:1])
    await change(system, event, **fields)
    assert not await is_due(system)
    assert (await system.booking(booking["id"]))["version"] == booking["version"]


async def test_a_booking_that_is_holding_is_told_when_it_has_moved_on(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    held = await system.store_hold(event, seats[:1])
    await change(system, event, **MOVED)
    await run_once(system.services, EVENT_CHANGES)
    assert await system.published(str(held)) == []
    assert await is_due(system)


async def test_buyers_are_told_although_the_object_store_does_not_answer(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])

    async def refuse(*_: object, **__: object) -> None:
        raise ObjectStoreUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "put", refuse)
        await change(system, event, **MOVED)
        await run_once(system.services, EVENT_CHANGES)
    first = await told(system, booking)
    assert has_moved(first)
    assert first["document"]["sha256"] == booking["document"]["sha256"], (
        "the old document stays until there is a new one"
    )
    assert await is_due(system)
    await system.make_work_due()
    await run_once(system.services, EVENT_CHANGES)
    assert (await told(system, booking))["document"]["sha256"] != booking["document"]["sha256"]
    assert not await is_due(system)


async def test_a_booking_that_cannot_be_told_does_not_keep_the_others_from_it(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, seats = await system.create_event()
    bookings = [await system.book(event, [seat]) for seat in seats]

    async def poisoned(connection: Any, booking: Any, **options: Any) -> None:
        if str(booking.id) == bookings[0]["id"]:
            raise RuntimeError("poison")
        await publish_booking(connection, booking, **options)

    monkeypatch.setattr(publish_event_change, "publish_booking", poisoned)
    await change(system, event, **MOVED)
    await run_once(system.services, EVENT_CHANGES)
    assert [has_moved(await told(system, booking)) for booking in bookings] == [False, True, True]
    assert await is_due(system)
    monkeypatch.undo()
    await system.make_work_due()
    await run_once(system.services, EVENT_CHANGES)
    assert has_moved(await told(system, bookings[0]))
    assert not await is_due(system)


async def test_a_ticket_that_was_rendered_before_the_change_is_not_stored_after_it(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    await system.pay(booking["id"])
    real = ObjectStore.put

    async def put_while_the_event_moves(*arguments: Any, **named: Any) -> None:
        await change(system, event, **MOVED)
        await real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "put", put_while_the_event_moves)
        await system.run_until_idle()
    assert (await system.booking(booking["id"]))["document"] is None
    await system.make_work_due()
    await system.run_until_idle()
    assert (await told(system, booking))["document"] is not None
    assert not await is_due(system)
