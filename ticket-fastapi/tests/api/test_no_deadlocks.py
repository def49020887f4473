"""Everything at once for some seconds on few seats, with a PostgreSQL that looks for deadlocks all the time: there
is none.

First two transactions that do wait for each other, to show that a deadlock would be seen.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from support.catalog import event_body, made, make_seats
from support.engines import close_idle
from support.stage import Stage, customer
from support.waiting import until
from support.work import advance_booking
from ticketing.db.tables import bookings
from ticketing.settings import Settings

SECONDS = 60 if os.environ.get("TEST_LENGTH", "short") == "full" else 3
AT_ONCE = 12
SEATS = 4
KINDS = 11
"""So many things a `Crowd` does."""


@pytest.fixture
async def watchful(settings: Settings, engine: AsyncEngine) -> AsyncIterator[None]:
    """New connections look for deadlocks after a millisecond of waiting."""
    name = settings.database_dsn().rpartition("/")[2]
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.exec_driver_sql(f"ALTER DATABASE {name} SET deadlock_timeout = '1ms'")
        await close_idle()
        yield
        await connection.exec_driver_sql(f"ALTER DATABASE {name} RESET deadlock_timeout")
        await close_idle()


@pytest.fixture
async def stage(watchful: None, stage: Stage) -> Stage:
    """Its pool is opened after PostgreSQL was made watchful."""
    return stage


async def deadlocks(engine: AsyncEngine) -> int:
    """How many PostgreSQL has found in this database so far."""
    async with engine.connect() as connection:
        counted = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int((await connection.execute(counted)).scalar_one())


async def test_a_deadlock_would_be_seen(stage: Stage, settings: Settings) -> None:
    _, some = await stage.event()
    before = await deadlocks(stage.services.engine)
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

    outcomes = await asyncio.gather(lock(some[0], some[1]), lock(some[1], some[0]), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [asyncpg.DeadlockDetectedError]

    async def was_counted() -> bool:
        return await deadlocks(stage.services.engine) == before + 1

    await until(was_counted)


class Crowd:
    """Callers and workers, each doing one thing after the other until the time is over."""

    def __init__(self, stage: Stage, event: Any, seats: list[Any], seed: int) -> None:
        self.stage, self.event, self.seats = stage, event, seats
        self.chance = random.Random(seed)
        self.buyers = [customer() for _ in range(6)]
        self.done: dict[str, int] = {}

    async def one_thing(self) -> None:
        things: list[Callable[[], Awaitable[None]]] = [
            self.book, self.book, self.join, self.join, self.cancel, self.leave, self.pay, self.work, self.work,
            self.work, self.sweep, self.tell, self.move_seat, self.change_event, self.remove_event,
        ]  # fmt: skip
        thing = self.chance.choice(things)
        await thing()
        self.done[thing.__name__] = self.done.get(thing.__name__, 0) + 1

    async def _ask(self, method: str, path: str, **content: Any) -> Any:
        answer = await self.stage.client.request(method, f"/api/v1{path}", **content)
        assert answer.status_code < 500 or answer.status_code in (502, 503), answer.text
        return answer.json() if answer.content else None

    async def book(self) -> None:
        wanted = self.chance.sample(self.seats, self.chance.randint(1, 3))
        order = self.stage.order(self.event, wanted, customer=self.chance.choice(self.buyers))
        await self._ask("POST", "/bookings", json=order)

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
            if self.stage.payment.invoices[booking_id]["status"] == "PENDING":
                answer = await self.stage.pay(booking_id, self.chance.choice(["PAID", "FAILED"]))
                assert answer.status_code in (200, 503), answer.text
                return

    async def work(self) -> None:
        """What the worker does, without its net that catches and logs errors."""
        await self.stage.hurry()
        async with self.stage.services.engine.connect() as connection:
            query = sa.select(bookings.c.id).where(bookings.c.next_step_at.is_not(None))
            due = list((await connection.execute(query)).scalars())
        for booking_id in self.chance.sample(due, min(3, len(due))):
            await advance_booking(self.stage.services, UUID(str(booking_id)))

    async def sweep(self) -> None:
        await self.stage.sweep_queues()

    async def tell(self) -> None:
        await self.stage.tell_positions()

    async def move_seat(self) -> None:
        """To a place of its own, back and forth."""
        seat = self.chance.choice(self.seats)
        path = f"/events/{self.event['id']}/seats/{seat['id']}"
        await self._ask("PATCH", path, json={"number": seat["number"] + self.chance.choice([0, 100])})

    async def change_event(self) -> None:
        await self._ask("PATCH", f"/events/{self.event['id']}", json={"name": f"Night {self.chance.random()}"})

    async def remove_event(self) -> None:
        """Another one, while its seats are being moved."""
        organizer = self.event["organizer"]["slug"]
        other = await made(self.stage.client, "/api/v1/events", event_body(organizer=organizer))
        path = f"/events/{other['id']}"
        moves = [
            self._ask("PATCH", f"{path}/seats/{seat['id']}", json={"number": seat["number"] + 100})
            for seat in await make_seats(self.stage.client, other["id"], seats_per_row=4)
        ]
        await asyncio.gather(*moves, self._ask("DELETE", path))


@pytest.mark.timeout(SECONDS + 60)
async def test_everything_at_once_never_waits_in_a_circle(stage: Stage, engine: AsyncEngine) -> None:
    event, seats = await stage.event(seats_per_row=SEATS)
    before = await deadlocks(engine)
    loop = asyncio.get_running_loop()
    over = loop.time() + SECONDS
    crowd = Crowd(stage, event, seats, seed=5)

    async def one_of_them() -> None:
        while loop.time() < over or len(crowd.done) < KINDS:
            await crowd.one_thing()

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one_of_them())
    answer = await stage.client.post(f"/api/v1/events/{event['id']}/cancel")
    assert answer.status_code == 202
    await asyncio.gather(*(crowd.sweep() for _ in range(3)), *(crowd.work() for _ in range(3)))
    await sessions_end(stage, engine)
    assert await deadlocks(engine) == before


async def sessions_end(stage: Stage, engine: AsyncEngine) -> None:
    """A session reports at its end what it has counted."""
    await stage.services.engine.dispose()
    await close_idle()
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ticket'"
    )

    async def none_is_left() -> bool:
        async with engine.connect() as connection:
            return (await connection.execute(query)).scalar_one() == 0

    await until(none_is_left)
