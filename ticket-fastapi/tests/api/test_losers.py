"""Who comes too late for a seat costs one statement, which takes no lock and gives the answer of a longer look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from support.ticket_system import TicketSystem, customer
from ticketing.db.tables import events, organizers, seats
from ticketing.usecases.booking import hold_seats

PATH = "/api/v1/bookings"


@contextmanager
def looks(patch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Notes each look for a reason that follows the statement that takes seats."""
    noted: list[object] = []
    look = hold_seats._raise_reason

    async def note(*arguments: Any) -> None:
        noted.append(arguments)
        await look(*arguments)

    with patch.context() as inner:
        inner.setattr(hold_seats, "_raise_reason", note)
        yield noted


async def test_a_loser_is_told_by_the_statement_that_takes_seats(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, free = await system.create_event()
    await system.book(event, [free[2], free[0]])
    wanted = [free[2], free[1], free[0]]
    with looks(monkeypatch) as longer:
        answer = await system.client.post(PATH, json=system.booking_request(event, wanted))
    assert (answer.status_code, answer.json()["type"]) == (409, "seat-unavailable")
    assert answer.json()["seat_ids"] == [free[2]["id"], free[0]["id"]]
    assert longer == []


async def test_a_loser_takes_no_lock(system: TicketSystem) -> None:
    event, free = await system.create_event()
    await system.book(event, free[:1])
    async with system.services.engine.begin() as connection:
        rows = (
            organizers.c.slug == event["organizer"]["slug"],
            events.c.id == event["id"],
            seats.c.id == free[0]["id"],
        )
        for row in rows:
            await connection.execute(sa.select(row.left.table).where(row).with_for_update())
        answer = await system.client.post(PATH, json=system.booking_request(event, free[:1]))
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("changes", "type_"),
    [
        ("sales_close_at = now() - interval '1 h'", "sale-closed"),
        ("sales_open_at = now() + interval '1 h'", "sale-not-open"),
        ("cancelled_at = now()", "event-cancelled"),
    ],
)
async def test_a_taken_seat_is_not_the_reason_while_nothing_is_on_sale(
    system: TicketSystem, changes: str, type_: str
) -> None:
    event, free = await system.create_event()
    await system.book(event, free[:1])
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(f"UPDATE events SET {changes}")
    answer = await system.client.post(PATH, json=system.booking_request(event, free[:1]))
    assert answer.json()["type"] == type_


async def test_an_unknown_seat_is_the_reason_even_beside_a_taken_one(system: TicketSystem) -> None:
    event, free = await system.create_event()
    await system.book(event, free[:1])
    answer = await system.client.post(PATH, json=system.booking_request(event, [free[0], {"id": str(uuid4())}]))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "seat_ids.1")


async def test_a_repeat_gets_its_booking_although_the_seats_are_taken(system: TicketSystem) -> None:
    event, free = await system.create_event()
    body = system.booking_request(event, free[:2])
    first, again = [await system.client.post(PATH, json=body) for _ in range(2)]
    assert again.json() == first.json()
    # So does the repeat of a booking that has ended, whose seat somebody else has.
    await system.client.post(f"{PATH}/{body['booking_id']}/cancel")
    await system.run_until_idle()
    await system.book(event, free[:1], customer=customer())
    ended = await system.client.post(PATH, json=body)
    assert (ended.status_code, ended.json()["status"]) == (201, "CANCELLED")
