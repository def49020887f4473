"""`python -m bench.queue_app LENGTH REPEATS`: measures a queue of this length in `DATABASE_URL`, and prints JSON."""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from ticketing.db.booking import bookings
from ticketing.db.waitlist import entries
from ticketing.db.waitlist.entries import QueueRequest
from ticketing.domain.records import Customer
from ticketing.domain.waitlist import EntryAction
from ticketing.usecases.booking.release_seats import reassign_seats
from ticketing.usecases.waitlist.join_waitlist import join_waitlist
from ticketing.usecases.webhooks.publish import publish_current_entry

SEED = """
INSERT INTO organizers (id, slug, name, base_url) VALUES (:organizer, gen_random_uuid()::text, 'Bench', 'http://127.0.0.1:9/bench');
INSERT INTO events (id, organizer_id, name, venue, starts_at, sales_open_at, sales_close_at, currency)
VALUES (:event, :organizer, 'Bench', 'Bench', now() + interval '60 days', now() - interval '1 day',
        now() + interval '59 days', 'IDR');
INSERT INTO bookings (id, event_id, customer_id, customer_name, customer_email, origin, status, failure_reason, amount,
                      currency)
VALUES (:booking, :event, gen_random_uuid(), 'Bench', 'bench@example.com', 'DIRECT', 'FAILED', 'PAYMENT_FAILED', 1,
        'IDR');
INSERT INTO seats (id, event_id, section, row, number, price, status, booking_id)
VALUES (:seat, :event, 'A', 'A', 1, 1, 'ON_GOING', :booking);
INSERT INTO booking_seats (booking_id, seat_id, section, row, number, price) VALUES (:booking, :seat, 'A', 'A', 1, 1)
"""
# In several transactions, since PostgreSQL cannot clear away the old versions of a row that one transaction changes.
FILL = """
INSERT INTO waitlist_entries (id, seat_id, event_id, customer_id, customer_name, customer_email)
SELECT gen_random_uuid(), :seat, :event, gen_random_uuid(), 'Bench', 'bench@example.com'
FROM generate_series(1, :entries)
"""
FILLED_AT_ONCE = 500
# What the worker does after a reassignment: the offer ends unpaid, and the seat is to be released again.
LAPSE = "UPDATE waitlist_entries SET status = 'LAPSED' WHERE seat_id = :seat AND status = 'OFFERED'"
FAIL = (
    "UPDATE bookings SET status = 'FAILED', failure_reason = 'PAYMENT_FAILED' FROM seats"
    " WHERE seats.id = :seat AND bookings.id = seats.booking_id RETURNING bookings.id"
)
ANY_ENTRY = (
    "SELECT id FROM waitlist_entries WHERE seat_id = :seat AND queue_number >= :number AND status = 'WAITING'"
    " ORDER BY queue_number LIMIT 1"
)
Action = Callable[[AsyncConnection], Awaitable[None]]


class Queue:
    """A seat with a queue, and the actions of its buyers."""

    def __init__(self) -> None:
        self.seat, self.event, self.booking = uuid4(), uuid4(), uuid4()
        self.chosen = self.booking
        """The entry that reads its position or leaves."""

    async def join(self, connection: AsyncConnection) -> None:
        buyer = Customer(uuid4(), "Bench", "bench@example.com")
        await join_waitlist(connection, QueueRequest(self.seat, buyer, None), actor="bench")

    async def read_position(self, connection: AsyncConnection) -> None:
        await entries.require(connection, self.chosen)

    async def leave(self, connection: AsyncConnection) -> None:
        entry = await entries.require(connection, self.chosen)
        await entries.change(connection, entry, EntryAction.LEAVE, actor="bench")
        await publish_current_entry(connection, entry.id)

    async def reassign(self, connection: AsyncConnection) -> None:
        await reassign_seats(connection, await bookings.require_locked(connection, self.booking))


class Meter:
    """Runs actions on one connection and measures them; `process` is PostgreSQL's for this connection."""

    def __init__(self, connection: AsyncConnection, process: int) -> None:
        self._connection = connection
        self._schedule = Path(f"/proc/{process}/schedstat")
        self._seconds: dict[str, list[float]] = {}
        self._cpu: dict[str, float] = {}

    async def run(self, name: str, action: Action) -> None:
        """Runs the action in a transaction, and commits it."""
        cpu, began = self._cpu_seconds(), time.perf_counter()
        async with self._connection.begin():
            await action(self._connection)
        self._seconds.setdefault(name, []).append(time.perf_counter() - began)
        self._cpu[name] = self._cpu.get(name, 0) + self._cpu_seconds() - cpu

    def _cpu_seconds(self) -> float:
        # In nanoseconds; the ticks of `stat` are too coarse for one action.
        return int(self._schedule.read_text().split()[0]) / 1e9

    def costs(self) -> dict[str, dict[str, float]]:
        """Returns the processor time of PostgreSQL per action (mean) and the time of the caller (median), in ms."""
        return {
            name: {"cpu_ms": 1000 * self._cpu[name] / len(each), "median_ms": 1000 * statistics.median(each)}
            for name, each in self._seconds.items()
        }


async def measure(url: str, length: int, repeats: int) -> dict[str, dict[str, float]]:
    """Measures a queue that has `length` entries before each action."""
    queue, chance = Queue(), random.Random(1)
    ids = {"seat": queue.seat, "event": queue.event, "booking": queue.booking, "organizer": uuid4()}
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://"),
        json_serializer=lambda value: to_json(value).decode(),
        connect_args={"server_settings": {"jit": "off"}},
    )
    async with engine.connect() as connection:
        async with connection.begin():
            for statement in SEED.split(";"):
                named = {name: value for name, value in ids.items() if f":{name}" in statement}
                await connection.execute(sa.text(statement), named)
        await _fill(connection, queue, length)
        async with connection.begin():
            await connection.execute(sa.text("ANALYZE"))
            process = int((await connection.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one())
        meter, warm = Meter(connection, process), Meter(connection, process)
        for number in range(repeats + 10):
            used = meter if number >= 10 else warm
            await used.run("joining", queue.join)
            await _choose(connection, queue, chance.randrange(length))
            await used.run("reading a position", queue.read_position)
            await used.run("leaving", queue.leave)
            await warm.run("joining", queue.join)
            await used.run("reassignment", queue.reassign)
            await _end_offer(connection, queue)
    await engine.dispose()
    return meter.costs()


async def _fill(connection: AsyncConnection, queue: Queue, length: int) -> None:
    """Adds `length` entries to the queue."""
    for begun in range(0, length, FILLED_AT_ONCE):
        count = min(FILLED_AT_ONCE, length - begun)
        async with connection.begin():
            filled = {"seat": queue.seat, "event": queue.event, "entries": count}
            await connection.execute(sa.text(FILL), filled)


async def _choose(connection: AsyncConnection, queue: Queue, number: int) -> None:
    async with connection.begin():
        found = await connection.execute(sa.text(ANY_ENTRY), {"seat": queue.seat, "number": number})
        queue.chosen = found.scalar_one()


async def _end_offer(connection: AsyncConnection, queue: Queue) -> None:
    async with connection.begin():
        await connection.execute(sa.text(LAPSE), {"seat": queue.seat})
        queue.booking = (await connection.execute(sa.text(FAIL), {"seat": queue.seat})).scalar_one()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(os.environ["DATABASE_URL"], int(sys.argv[1]), int(sys.argv[2])))))
