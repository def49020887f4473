"""Lanes: rows that are due are claimed once, woken at once, found by polling, and each stands alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from servicekit.db.due_rows import DueRows
from servicekit.db.wake import Bell, open_bell
from servicekit.lanes import AnyLane, Lane, LaneRunner, Work, run_lanes
from servicekit.tracing import new_trace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.testing import capture_logs
from support.parts import ExampleParts
from support.waiting import until

from devstack.deadlines import stretched
from servicekit import lanes

CHANNEL = "example_work"
LISTENER = "example-listener"
metadata = sa.MetaData()
chores = sa.Table(
    "chores",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("is_done", sa.Boolean, nullable=False, server_default=sa.text("false")),
)
DUE = DueRows(chores.c.number, chores.c.due_at, ~chores.c.is_done)
LEASE = timedelta(minutes=1)
Do = Callable[[ExampleParts, int], Any]


@pytest.fixture(autouse=True)
async def _table(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)


@pytest.fixture
def only_notifications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polling cannot find anything within the deadline of a test."""
    monkeypatch.setattr(lanes, "POLL_SECONDS", 600.0)


async def add(engine: AsyncEngine, *numbers: int, seconds: float = 0) -> None:
    async with engine.begin() as connection:
        due = sa.func.now() + timedelta(seconds=seconds)
        for number in numbers:
            await connection.execute(sa.insert(chores).values(number=number, due_at=due))


async def finish(parts: ExampleParts, number: int) -> None:
    async with parts.engine.begin() as connection:
        await connection.execute(sa.update(chores).where(chores.c.number == number).values(is_done=True))


def lane(do: Do, *, at_once: int = 4, told: list[tuple[str, str]] | None = None) -> AnyLane[ExampleParts]:
    """The chores; `told` keeps which failed and which recovered."""
    kept = [] if told is None else told

    async def claim(_: ExampleParts, connection: AsyncConnection, limit: int) -> list[Work[int]]:
        rows = await DUE.claim(connection, chores.c.number, lease=LEASE, limit=limit)
        return [Work(row.number, str(row.number), new_trace(), has_failed=row.number < 0) for row in rows]

    async def failed(_: ExampleParts, name: str, error: Exception) -> None:
        kept.append((name, str(error)))

    async def recovered(_: ExampleParts, name: str) -> None:
        kept.append((name, "recovered"))

    return Lane("chores", at_once, DUE.seconds_to_next, claim, do, failed, recovered)


@asynccontextmanager
async def working(parts: ExampleParts, *several: AnyLane[ExampleParts]) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    running = run_lanes(parts, stop, channel=CHANNEL, application_name=LISTENER, lanes=several, sweeps=())
    worker = asyncio.create_task(running)
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(worker, stretched(20))


async def listeners(engine: AsyncEngine, select: str = "pid") -> list[Any]:
    query = (
        f"SELECT {select} FROM pg_stat_activity WHERE datname = current_database()"
        f" AND application_name = '{LISTENER}' AND query LIKE 'LISTEN%' AND state = 'idle'"
    )
    async with engine.connect() as connection:
        return list((await connection.execute(sa.text(query))).scalars())


@pytest.fixture
async def bell(engine: AsyncEngine) -> AsyncIterator[Bell]:
    async with open_bell(engine, CHANNEL) as bell:
        yield bell


async def test_of_several_workers_one_does_each_item(parts: ExampleParts) -> None:
    done: list[int] = []

    async def do(parts: ExampleParts, number: int) -> None:
        done.append(number)
        await finish(parts, number)

    await add(parts.engine, *range(30))
    async with working(parts, lane(do)), working(parts, lane(do)), working(parts, lane(do)):
        await until(lambda: len(done) >= 30)
    assert sorted(done) == list(range(30))


async def test_a_claim_takes_the_longest_due_and_passes_over_what_others_have(engine: AsyncEngine) -> None:
    await add(engine, 1, seconds=-10)
    await add(engine, 2, seconds=-20)
    await add(engine, 3, seconds=60)
    async with engine.begin() as first, engine.begin() as second:
        assert [row.number for row in await DUE.claim(first, chores.c.number, lease=LEASE, limit=1)] == [2]
        assert [row.number for row in await DUE.claim(second, chores.c.number, lease=LEASE, limit=5)] == [1]
    async with engine.begin() as third:
        assert await DUE.claim(third, chores.c.number, lease=LEASE, limit=5) == []
        assert 50 < (await DUE.seconds_to_next(third) or 0) <= 60


async def test_without_rows_nothing_is_ever_due(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        assert await DUE.seconds_to_next(connection) is None
        assert await DUE.count_due(connection) == 0


@pytest.mark.usefixtures("only_notifications")
async def test_the_bell_wakes_a_worker_at_once(parts: ExampleParts, bell: Bell) -> None:
    async with working(parts, lane(finish)):
        await until(lambda: listeners(parts.engine))
        await add(parts.engine, 1)
        bell.ring()
        await until(lambda: all_done(parts.engine))


async def all_done(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return not (await connection.execute(sa.select(chores.c.number).where(~chores.c.is_done))).all()


@pytest.mark.usefixtures("only_notifications")
async def test_a_listener_whose_connection_is_ended_listens_again(parts: ExampleParts, bell: Bell) -> None:
    async with working(parts, lane(finish)):
        await until(lambda: listeners(parts.engine))
        await listeners(parts.engine, "pg_terminate_backend(pid, 5000)")
        await until(lambda: listeners(parts.engine))
        await add(parts.engine, 1)
        bell.ring()
        await until(lambda: all_done(parts.engine))


async def test_polling_finds_what_nothing_announced(parts: ExampleParts) -> None:
    async with working(parts, lane(finish)):
        await until(lambda: listeners(parts.engine))
        await add(parts.engine, 1)
        await until(lambda: all_done(parts.engine))


@pytest.mark.usefixtures("only_notifications")
async def test_an_item_is_taken_up_when_its_time_comes(parts: ExampleParts) -> None:
    await add(parts.engine, 1, seconds=0.5)
    async with working(parts, lane(finish)):
        await until(lambda: all_done(parts.engine))


async def test_an_item_that_fails_is_put_off_and_keeps_no_other_from_its_turn(parts: ExampleParts) -> None:
    told: list[tuple[str, str]] = []

    async def do(parts: ExampleParts, number: int) -> None:
        if number == 1:
            raise RuntimeError("not this one")
        await finish(parts, number)

    await add(parts.engine, -1, 1, 2, 3)
    with capture_logs() as lines:
        async with working(parts, lane(do, at_once=1, told=told)):
            await until(lambda: len(told) == 2)
            await until(lambda: others_done(parts.engine))
    assert set(told) == {("1", "not this one"), ("-1", "recovered")}
    assert [line["item"] for line in lines if line["event"] == "work.failed"] == ["1"]


async def others_done(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return (await connection.execute(sa.select(chores.c.number).where(~chores.c.is_done))).scalars().all() == [1]


async def test_a_full_lane_takes_no_more_and_keeps_no_other_lane_waiting(parts: ExampleParts) -> None:
    begun: list[int] = []
    release = asyncio.Event()

    async def block(parts: ExampleParts, number: int) -> None:
        begun.append(number)
        await release.wait()
        await finish(parts, number)

    await add(parts.engine, *range(6))
    full = LaneRunner(lane(block, at_once=2), parts)
    await full.take_up()
    assert await full.take_up() > 0
    await until(lambda: len(begun) == 2)
    async with working(parts, lane(finish)):
        await until(lambda: all_claimed_are_done(parts.engine))
    assert len(begun) == 2
    release.set()
    await full.finish()
    assert await all_done(parts.engine)


async def all_claimed_are_done(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        left = sa.select(sa.func.count()).where(~chores.c.is_done)
        return bool((await connection.execute(left)).scalar_one() == 2)


async def test_stopping_lets_what_is_being_done_end(parts: ExampleParts) -> None:
    started = asyncio.Event()

    async def take_long(parts: ExampleParts, number: int) -> None:
        started.set()
        await asyncio.sleep(0.3)
        await finish(parts, number)

    await add(parts.engine, 1)
    async with working(parts, lane(take_long)):
        await asyncio.wait_for(started.wait(), stretched(10))
    assert await all_done(parts.engine)


async def test_a_lane_goes_on_when_its_database_comes_back(
    parts: ExampleParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = 3

    async def claim_or_fail(connection: AsyncConnection) -> float | None:
        nonlocal away
        if away:
            away -= 1
            raise ConnectionRefusedError("nothing listens there")
        return await DUE.seconds_to_next(connection)

    monkeypatch.setattr(lanes, "RETRY_SECONDS", 0.01)
    await add(parts.engine, 1)
    usual = lane(finish)
    waiting = Lane(usual.name, 1, claim_or_fail, usual.claim, usual.do, usual.failed, usual.recovered)
    async with working(parts, waiting):
        await until(lambda: all_done(parts.engine))
    assert away == 0
