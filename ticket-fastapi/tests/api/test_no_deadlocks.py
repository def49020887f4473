"""All actions run at once on few seats for some seconds; PostgreSQL looks for deadlocks and finds none.

The first test provokes a deadlock and shows that PostgreSQL counts it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from support.catalog import create, event_body, make_seats
from support.engines import close_idle_engines
from support.lanes import advance_booking
from support.length import IS_LONG
from support.queue_entries import unequal_blocks
from support.ticket_system import TicketSystem, customer
from ticketing.db.tables import bookings
from ticketing.settings import Settings

from devstack.waiting import wait_until

SECONDS = 60 if IS_LONG else 1.5
AT_ONCE = 12
SEATS = 4
KINDS = 10
"""The number of different actions that a `Crowd` must have done."""


@pytest.fixture
async def watchful(settings: Settings, engine: AsyncEngine) -> AsyncIterator[None]:
    """Makes new connections check for deadlocks after a millisecond of waiting."""
    name = settings.database_dsn().rpartition("/")[2]
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.exec_driver_sql(f"ALTER DATABASE {name} SET deadlock_timeout = '1ms'")
        await close_idle_engines()
        yield
        await connection.exec_driver_sql(f"ALTER DATABASE {name} RESET deadlock_timeout")
        await close_idle_engines()


@pytest.fixture
async def system(watchful: None, system: TicketSystem) -> TicketSystem:
    """The system, whose connections are opened after `watchful` has changed PostgreSQL."""
    return system


async def deadlocks(engine: AsyncEngine) -> int:
    """Returns the number of deadlocks that PostgreSQL has found in this database."""
    async with engine.connect() as connection:
        counted = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int((await connection.execute(counted)).scalar_one())


async def test_the_counter_sees_a_deadlock(system: TicketSystem, settings: Settings) -> None:
    _, seats = await system.create_event()
    before = await deadlocks(system.services.engine)
    both = asyncio.Barrier(2)

    async def lock(first: Any, second: Any) -> None:
        connection = await asyncpg.connect(settings.database_dsn())
        try:
            async with connection.transaction():
                await connection.execute("SELECT FROM seats WHERE id = $1 FOR UPDATE", first["id"])
                await both.wait()
                await connection.execute("SELECT FROM seats WHERE id = $1 FOR UPDATE", second["id"])
        finally:
            await connection.close()

    outcomes = await asyncio.gather(lock(seats[0], seats[1]), lock(seats[1], seats[0]), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [asyncpg.DeadlockDetectedError]

    async def was_counted() -> bool:
        return await deadlocks(system.services.engine) == before + 1

    await wait_until(was_counted)


class Crowd:
    """Callers and workers that do random actions until the time is over."""

    def __init__(self, system: TicketSystem, event: Any, seats: list[Any], seed: int) -> None:
        self.system, self.event, self.seats = system, event, seats
        self.chance = random.Random(seed)
        self.buyers = [customer() for _ in range(6)]
        self.done: dict[str, int] = {}

    async def do_one_action(self) -> None:
        actions: list[Callable[[], Awaitable[None]]] = [
            self.book, self.book, self.join, self.join, self.cancel, self.leave, self.pay, self.work, self.work,
            self.work, self.sweep, self.move_seat, self.change_event, self.remove_event,
        ]  # fmt: skip
        action = self.chance.choice(actions)
        await action()
        self.done[action.__name__] = self.done.get(action.__name__, 0) + 1

    async def _ask(self, method: str, path: str, **content: Any) -> Any:
        answer = await self.system.client.request(method, f"/api/v1{path}", **content)
        assert answer.status_code < 500 or answer.status_code in (502, 503), answer.text
        return answer.json() if answer.content else None

    async def book(self) -> None:
        wanted = self.chance.sample(self.seats, self.chance.randint(1, 3))
        body = self.system.booking_request(self.event, wanted, customer=self.chance.choice(self.buyers))
        await self._ask("POST", "/bookings", json=body)

    async def join(self) -> None:
        body = {"seat_id": self.chance.choice(self.seats)["id"], "customer": self.chance.choice(self.buyers)}
        await self._ask("POST", "/waitlist", json=body)

    async def leave(self) -> None:
        queued = (await self._ask("GET", f"/events/{self.event['id']}/waitlist"))["items"]
        if queued:
            await self._ask("DELETE", f"/waitlist/{self.chance.choice(queued)['id']}")

    async def _live(self) -> list[str]:
        found = (await self._ask("GET", "/bookings", params={"event_id": self.event["id"], "limit": 30}))["items"]
        return [booking["id"] for booking in found if booking["status"] in ("AWAITING_PAYMENT", "BOOKED")]

    async def cancel(self) -> None:
        for booking_id in (await self._live())[:1]:
            await self._ask("POST", f"/bookings/{booking_id}/cancel")

    async def pay(self) -> None:
        for booking_id in await self._live():
            if self.system.payment.invoices[booking_id]["status"] == "PENDING":
                answer = await self.system.pay(booking_id, self.chance.choice(["PAID", "FAILED"]))
                assert answer.status_code in (200, 503), answer.text
                return

    async def work(self) -> None:
        """Does the work of some bookings; unlike in a worker, an error fails the test."""
        await self.system.make_work_due()
        async with self.system.services.engine.connect() as connection:
            query = sa.select(bookings.c.id).where(bookings.c.next_step_at.is_not(None))
            due = list((await connection.execute(query)).scalars())
        for booking_id in self.chance.sample(due, min(3, len(due))):
            await advance_booking(self.system.services, UUID(str(booking_id)))

    async def sweep(self) -> None:
        await self.system.sweep_queues()

    async def move_seat(self) -> None:
        """Moves a seat to a number that no other seat has, or back."""
        seat = self.chance.choice(self.seats)
        path = f"/events/{self.event['id']}/seats/{seat['id']}"
        await self._ask("PATCH", path, json={"number": seat["number"] + self.chance.choice([0, 100])})

    async def change_event(self) -> None:
        await self._ask("PATCH", f"/events/{self.event['id']}", json={"name": f"Night {self.chance.random()}"})

    async def remove_event(self) -> None:
        """Removes another event while its seats are moved."""
        organizer = self.event["organizer"]["slug"]
        other = await create(self.system.client, "/api/v1/events", event_body(organizer=organizer))
        path = f"/events/{other['id']}"
        moves = [
            self._ask("PATCH", f"{path}/seats/{seat['id']}", json={"number": seat["number"] + 100})
            for seat in await make_seats(self.system.client, other["id"], seats_per_row=4)
        ]
        await asyncio.gather(*moves, self._ask("DELETE", path))


@pytest.mark.timeout(SECONDS + 60)
async def test_all_actions_at_once_cause_no_deadlock(system: TicketSystem, engine: AsyncEngine) -> None:
    event, seats = await system.create_event(seats_per_row=SEATS)
    before = await deadlocks(engine)
    loop = asyncio.get_running_loop()
    over = loop.time() + SECONDS
    crowd = Crowd(system, event, seats, seed=5)

    async def keep_acting() -> None:
        while loop.time() < over or len(crowd.done) < KINDS:
            await crowd.do_one_action()

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(keep_acting())
    answer = await system.client.post(f"/api/v1/events/{event['id']}/cancel")
    assert answer.status_code == 202
    await asyncio.gather(*(crowd.sweep() for _ in range(3)), *(crowd.work() for _ in range(3)))
    async with engine.connect() as connection:
        assert await unequal_blocks(connection) == []
    await sessions_end(system, engine)
    assert await deadlocks(engine) == before


async def sessions_end(system: TicketSystem, engine: AsyncEngine) -> None:
    """Waits until the service's sessions have ended, because a session reports its deadlocks at its end."""
    await system.services.engine.dispose()
    await close_idle_engines()
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ticket'"
    )

    async def none_is_left() -> bool:
        async with engine.connect() as connection:
            return (await connection.execute(query)).scalar_one() == 0

    await wait_until(none_is_left)
