"""Who comes too late for a seat costs one statement, which takes no lock and gives the answer of a longer look."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from support.ticket_system import TicketSystem, customer
from ticketing.db.booking.holds_under_way import HoldsUnderWay
from ticketing.db.tables import events, organizers, seats
from ticketing.usecases.booking import hold_seats

from devstack.deadlines import stretched
from devstack.waiting import wait_until

PATH = "/api/v1/bookings"
RIVALS = 5
ONE_WAITS = sa.text("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


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


@pytest.mark.one_process
async def test_those_who_come_while_a_seat_is_being_taken_wait_and_then_need_one_statement(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, free = await system.create_event()
    arrived = 0
    ask = hold_seats._require_that_the_organizer_is_asked

    async def arrive(*arguments: Any) -> None:
        nonlocal arrived
        await ask(*arguments)
        arrived += 1

    monkeypatch.setattr(hold_seats, "_require_that_the_organizer_is_asked", arrive)
    with looks(monkeypatch) as longer:
        async with system.services.engine.begin() as connection:
            await connection.execute(sa.select(seats).where(seats.c.id == free[0]["id"]).with_for_update())
            requests = [
                asyncio.create_task(system.client.post(PATH, json=system.booking_request(event, free[:1])))
                for _ in range(RIVALS)
            ]
            await wait_until(lambda: arrived == RIVALS)
            async with system.services.engine.connect() as other:
                await wait_for_a_waiting_statement(other)
        answers = await asyncio.gather(*requests)
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * (RIVALS - 1)]
    assert longer == []


async def wait_for_a_waiting_statement(connection: AsyncConnection) -> None:
    """Returns when a statement waits for a lock."""

    async def one_waits() -> bool:
        await connection.rollback()
        return bool(await connection.scalar(ONE_WAITS))

    await wait_until(one_waits)


@pytest.mark.one_process
async def test_whoever_comes_while_a_seat_is_being_taken_waits_for_that_hold_and_then_not_for_each_other() -> None:
    holds, seat, inside = HoldsUnderWay(), uuid4(), []
    may_end = asyncio.Event()

    async def enter(number: int) -> None:
        async with holds.after_others([seat]):
            inside.append(number)
            await may_end.wait()

    async with holds.after_others([seat]):
        waiting = [asyncio.create_task(enter(number)) for number in range(RIVALS)]
        await let_others_run()
        assert inside == []
    await let_others_run()
    assert inside == list(range(RIVALS))
    may_end.set()
    await asyncio.gather(*waiting)


async def let_others_run() -> None:
    """Returns when every task has gone as far as it can without input and output."""
    for _ in range(10 * RIVALS):
        await asyncio.sleep(0)


@pytest.mark.one_process
async def test_a_hold_that_fails_or_is_cancelled_lets_the_next_one_in() -> None:
    holds, seat = HoldsUnderWay(), uuid4()
    with pytest.raises(LookupError):
        async with holds.after_others([seat]):
            raise LookupError
    begun = asyncio.Event()

    async def hang() -> None:
        async with holds.after_others([seat]):
            begun.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await begun.wait()
    hanging.cancel()
    async with holds.after_others([seat]):
        pass
    assert holds._ends == {}


@pytest.mark.one_process
async def test_holds_of_other_seats_do_not_wait_and_overlapping_ones_do_not_wait_for_each_other() -> None:
    holds, a, b, c = HoldsUnderWay(), uuid4(), uuid4(), uuid4()
    async with holds.after_others([a, b]), holds.after_others([c]):
        waiting = [asyncio.create_task(_enter(holds, seats_)) for seats_ in ([a, c], [c, b], [b, a])]
    await asyncio.wait_for(asyncio.gather(*waiting), stretched(10))


async def _enter(holds: HoldsUnderWay, seat_ids: list[UUID]) -> None:
    async with holds.after_others(seat_ids):
        await asyncio.sleep(0)


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
