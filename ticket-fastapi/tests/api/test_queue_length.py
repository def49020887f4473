"""A queue costs the same, however many wait in it; and a position is right, whoever left."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from support.lanes import run_bookings_once
from support.queue_entries import fill_queue, unequal_blocks
from support.ticket_system import TicketSystem, customer
from ticketing.db.booking import bookings
from ticketing.db.tables import waitlist_entries, webhook_deliveries
from ticketing.db.waitlist import entries, entry_lists
from ticketing.db.waitlist.entries import QueueRequest
from ticketing.domain.records import Customer
from ticketing.domain.waitlist import EntryAction
from ticketing.usecases.booking import release_seats
from ticketing.usecases.booking.release_seats import reassign_seats
from ticketing.usecases.waitlist.join_waitlist import join_waitlist
from ticketing.usecases.webhooks.publish import publish_current_entry

LONG = 5_000
MOST_ROWS = 4 * 64 + 60
"""Of four levels at most 64 rows each, and what a transaction needs besides."""
PAGE = 5
TOUCHED = sa.text("""
SELECT sum(seq_tup_read + idx_tup_fetch + n_tup_ins + n_tup_upd)::int FROM pg_stat_xact_user_tables
""")


class Queue:
    """A seat of a booking that has ended, and its queue."""

    def __init__(self, system: TicketSystem, event: Any, seat: Any, holder: Any) -> None:
        self.system, self.event, self.seat, self.holder = system, event, seat, holder
        self.engine = system.services.engine

    async def last(self) -> UUID:
        query = sa.select(waitlist_entries.c.id).order_by(waitlist_entries.c.queue_number.desc()).limit(1)
        async with self.engine.connect() as connection:
            return (await connection.execute(query)).scalar_one()

    async def join(self, connection: AsyncConnection) -> None:
        buyer = customer()
        who = Customer(UUID(buyer["id"]), buyer["name"], buyer["email"])
        await join_waitlist(connection, QueueRequest(UUID(self.seat["id"]), who, None), actor="test")

    async def read_position(self, connection: AsyncConnection) -> None:
        assert await entries.require(connection, self.last_id)

    async def leave(self, connection: AsyncConnection) -> None:
        entry = await entries.require(connection, self.last_id)
        assert await entries.change(connection, entry, EntryAction.LEAVE, actor="test")
        await publish_current_entry(connection, entry.id)

    async def reassign(self, connection: AsyncConnection) -> None:
        await reassign_seats(connection, await bookings.require_locked(connection, UUID(self.holder["id"])))

    async def read_page_of_staff(self, connection: AsyncConnection) -> None:
        found = await entry_lists.page_of_event(connection, UUID(self.event["id"]), limit=PAGE)
        assert len(found) == PAGE

    async def read_last_page_of_staff(self, connection: AsyncConnection) -> None:
        last = await entries.require(connection, self.last_id)
        after = (UUID(self.seat["id"]), last.queue_number - PAGE)
        event_id = UUID(self.event["id"])
        assert len(await entry_lists.page_of_event(connection, event_id, limit=PAGE, with_ended=True, after=after))

    async def read_list_of_buyer(self, connection: AsyncConnection) -> None:
        last = await entries.require(connection, self.last_id)
        assert await entry_lists.page_of_customer(connection, limit=PAGE, customer_id=last.customer.id)

    last_id: UUID


async def make_queue(system: TicketSystem, waiting: int) -> Queue:
    """Returns a queue in which `waiting` people wait, and whose seat is about to be released."""
    event, (seat, *_) = await system.create_event()
    holder = await system.book(event, [seat])
    queue = Queue(system, event, seat, holder)
    await fill_queue(system.services.engine, seat, event, waiting)
    assert (await system.client.post(f"/api/v1/bookings/{holder['id']}/cancel", json={})).status_code == 200
    queue.last_id = await queue.last()
    return queue


async def touched_by(queue: Queue, action: Callable[[AsyncConnection], Awaitable[None]]) -> int:
    """Returns how many rows PostgreSQL reads and writes for the action."""
    async with queue.engine.connect() as connection, connection.begin() as transaction:
        before = (await connection.execute(TOUCHED)).scalar_one()
        await action(connection)
        after: int = (await connection.execute(TOUCHED)).scalar_one()
        await transaction.rollback()
    return after - before


ACTIONS: dict[str, tuple[Callable[[Queue], Callable[[AsyncConnection], Awaitable[None]]], int]] = {
    "joining": (lambda queue: queue.join, MOST_ROWS),
    "reading a position": (lambda queue: queue.read_position, MOST_ROWS),
    "leaving": (lambda queue: queue.leave, 2 * MOST_ROWS),
    "the reassignment": (lambda queue: queue.reassign, 2 * MOST_ROWS),
    "a page of staff": (lambda queue: queue.read_page_of_staff, PAGE * MOST_ROWS),
    "the last page of staff": (lambda queue: queue.read_last_page_of_staff, (PAGE + 1) * MOST_ROWS),
    "a buyer's list": (lambda queue: queue.read_list_of_buyer, 2 * MOST_ROWS),
}


async def test_a_long_queue_costs_no_more_rows_than_a_short_one(system: TicketSystem) -> None:
    short = await make_queue(system, 10)
    rows_of_short = {name: await touched_by(short, action(short)) for name, (action, _) in ACTIONS.items()}
    long = await make_queue(system, LONG)
    rows_of_long = {name: await touched_by(long, action(long)) for name, (action, _) in ACTIONS.items()}
    for rows in (rows_of_short, rows_of_long):
        assert {name: count for name, count in rows.items() if not 0 < count <= ACTIONS[name][1]} == {}, rows


async def test_nobody_is_told_that_somebody_else_left_or_was_offered_the_seat(system: TicketSystem) -> None:
    queue = await make_queue(system, 200)
    first = await entry_of(queue, 1)
    assert (await system.client.delete(f"/api/v1/waitlist/{first}")).status_code == 200
    await system.run_until_idle()
    told = sa.select(webhook_deliveries.c.subject_id).where(webhook_deliveries.c.type == "waitlist.updated").distinct()
    async with queue.engine.connect() as connection:
        subjects = set((await connection.execute(told)).scalars())
    assert subjects == {first, await entry_of(queue, 2)}


async def test_a_long_queue_that_closes_with_its_seat_is_closed_in_short_transactions(system: TicketSystem) -> None:
    queue = await make_queue(system, 2 * release_seats.CLOSED_AT_ONCE + 50)
    assert (await system.client.post(f"/api/v1/events/{queue.event['id']}/close-sales")).status_code == 200
    await run_bookings_once(system.services)
    rows = waitlist_entries.c
    transaction = sa.literal_column("waitlist_entries.xmin::text", sa.Text)
    query = sa.select(sa.func.count()).where(rows.status == "LAPSED").group_by(transaction)
    async with queue.engine.connect() as connection:
        lapsed = sorted((await connection.execute(query)).scalars())
    assert lapsed == [50, release_seats.CLOSED_AT_ONCE, release_seats.CLOSED_AT_ONCE]
    assert (await system.seat(queue.seat["id"]))["status"] == "OPEN"
    assert (await system.booking_row(queue.holder["id"]))["released_at"] is not None


async def test_closing_queues_reads_each_waiting_entry_once(system: TicketSystem) -> None:
    queue = await make_queue(system, 500)
    other = await make_queue(system, LONG)
    assert (await system.client.post(f"/api/v1/events/{queue.event['id']}/close-sales")).status_code == 200
    async with queue.engine.connect() as connection:
        assert await entry_lists.events_with_stranded(connection) == [UUID(queue.event["id"])]
    first = (UUID(queue.seat["id"]), 400)

    async def page(connection: AsyncConnection) -> None:
        event_id = UUID(queue.event["id"])
        assert len(await entry_lists.stranded(connection, event_id, after=first, limit=50)) == 50

    assert await touched_by(other, page) <= MOST_ROWS


async def entry_of(queue: Queue, number: int) -> UUID:
    query = sa.select(waitlist_entries.c.id).where(waitlist_entries.c.queue_number == number)
    async with queue.engine.connect() as connection:
        return (await connection.execute(query)).scalar_one()


async def wrong_positions(connection: AsyncConnection) -> list[tuple[UUID, int, int]]:
    """Returns the id, the position and the counted position of each entry for which the two differ."""
    positions = entries.SELECT_ENTRY.where(waitlist_entries.c.status == "WAITING").subquery()
    counted = sa.func.row_number().over(partition_by=positions.c.seat_id, order_by=positions.c.queue_number)
    both = sa.select(positions.c.id, positions.c.position, counted.label("counted")).subquery()
    query = sa.select(both.c.id, both.c.position, both.c.counted).where(both.c.position != both.c.counted)
    return [(row[0], row[1], row[2]) for row in await connection.execute(query)]


@pytest.mark.parametrize("seed", range(3))
async def test_positions_are_those_that_counting_gives_after_any_play(system: TicketSystem, seed: int) -> None:
    chance = random.Random(seed)
    event, seats = await system.create_event(seats_per_row=2)
    await system.book(event, seats)
    engine = system.services.engine
    ended = sa.select(waitlist_entries.c.id).where(waitlist_entries.c.status == "WAITING").order_by(sa.func.random())
    for turn in range(6):
        for seat in seats:
            # One queue gets as long as a block of level 2, and later twice as long; more of them only take time.
            is_long = seed == 0 and seat is seats[0] and turn in (1, 3)
            await fill_queue(engine, seat, event, 4096 if is_long else chance.choice([1, 63, 64, 65, 500, 7]))
        async with engine.begin() as connection:
            some = list((await connection.execute(ended.limit(chance.randrange(400)))).scalars())
            for entry_id in some:
                status, booking = chance.choice([("LEFT", None), ("LAPSED", None), ("FULFILLED", uuid4())])
                change = sa.update(waitlist_entries).where(waitlist_entries.c.id == entry_id)
                await connection.execute(change.values(status=status, booking_id=booking))
            for entry_id in chance.sample(some, len(some) // 10):
                # No step leads back, but whatever writes a row, the counts agree with it.
                change = sa.update(waitlist_entries).where(waitlist_entries.c.id == entry_id)
                await connection.execute(change.values(status="WAITING", booking_id=None))
            await connection.execute(sa.delete(waitlist_entries).where(waitlist_entries.c.id.in_(some[:3])))
            assert await unequal_blocks(connection) == []
            assert await wrong_positions(connection) == []
