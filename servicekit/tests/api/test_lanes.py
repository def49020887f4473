"""Lanes: due rows are claimed once, started at a notification, found by polling, and fail independently."""

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
from support.waiting import wait_until

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
    """Makes polling so slow that it finds nothing within the deadline of a test."""
    monkeypatch.setattr(lanes, "POLL_SECONDS", 600.0)


async def add(engine: AsyncEngine, *numbers: int, seconds: float = 0) -> None:
    async with engine.begin() as connection:
        due = sa.func.now() + timedelta(seconds=seconds)
        for number in numbers:
            await connection.execute(sa.insert(chores).values(number=number, due_at=due))


async def finish(parts: ExampleParts, number: int) -> None:
    async with parts.engine.begin() as connection:
        await connection.execute(sa.update(chores).where(chores.c.number == number).values(is_done=True))


def lane(do: Do, *, at_once: int = 4, reported: list[tuple[str, str]] | None = None) -> AnyLane[ExampleParts]:
    """Returns a lane for the chores; `reported` collects the items that failed and those that recovered."""
    reports = [] if reported is None else reported

    async def claim(_: ExampleParts, connection: AsyncConnection, limit: int) -> list[Work[int]]:
        rows = await DUE.claim(connection, chores.c.number, lease=LEASE, limit=limit)
        return [Work(row.number, str(row.number), new_trace(), has_failed=row.number < 0) for row in rows]

    async def failed(_: ExampleParts, name: str, error: Exception) -> None:
        reports.append((name, str(error)))

    async def recovered(_: ExampleParts, name: str) -> None:
        reports.append((name, "recovered"))

    return Lane("chores", at_once, DUE.seconds_to_next, claim, do, failed, recovered)


@asynccontextmanager
async def running_worker(parts: ExampleParts, *several: AnyLane[ExampleParts]) -> AsyncIterator[asyncio.Event]:
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


async def test_each_item_is_done_by_one_of_several_workers(parts: ExampleParts) -> None:
    done: list[int] = []

    async def do(parts: ExampleParts, number: int) -> None:
        done.append(number)
        await finish(parts, number)

    await add(parts.engine, *range(30))
    async with running_worker(parts, lane(do)), running_worker(parts, lane(do)), running_worker(parts, lane(do)):
        await wait_until(lambda: len(done) >= 30)
    assert sorted(done) == list(range(30))


async def test_a_claim_takes_the_longest_due_rows_and_skips_those_of_others(engine: AsyncEngine) -> None:
    await add(engine, 1, seconds=-10)
    await add(engine, 2, seconds=-20)
    await add(engine, 3, seconds=60)
    async with engine.begin() as first, engine.begin() as second:
        assert [row.number for row in await DUE.claim(first, chores.c.number, lease=LEASE, limit=1)] == [2]
        assert [row.number for row in await DUE.claim(second, chores.c.number, lease=LEASE, limit=5)] == [1]
    async with engine.begin() as third:
        assert await DUE.claim(third, chores.c.number, lease=LEASE, limit=5) == []
        assert 50 < (await DUE.seconds_to_next(third) or 0) <= 60


async def test_without_rows_nothing_is_due(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        assert await DUE.seconds_to_next(connection) is None
        assert await DUE.count_due(connection) == 0


@pytest.mark.usefixtures("only_notifications")
async def test_the_bell_wakes_a_worker_at_once(parts: ExampleParts, bell: Bell) -> None:
    async with running_worker(parts, lane(finish)):
        await wait_until(lambda: listeners(parts.engine))
        await add(parts.engine, 1)
        bell.ring()
        await wait_until(lambda: all_done(parts.engine))


async def all_done(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return not (await connection.execute(sa.select(chores.c.number).where(~chores.c.is_done))).all()


@pytest.mark.usefixtures("only_notifications")
async def test_a_listener_whose_connection_is_ended_listens_again(parts: ExampleParts, bell: Bell) -> None:
    async with running_worker(parts, lane(finish)):
        await wait_until(lambda: listeners(parts.engine))
        await listeners(parts.engine, "pg_terminate_backend(pid, 5000)")
        await wait_until(lambda: listeners(parts.engine))
        await add(parts.engine, 1)
        bell.ring()
        await wait_until(lambda: all_done(parts.engine))


async def test_polling_finds_rows_that_no_notification_announced(parts: ExampleParts) -> None:
    async with running_worker(parts, lane(finish)):
        await wait_until(lambda: listeners(parts.engine))
        await add(parts.engine, 1)
        await wait_until(lambda: all_done(parts.engine))


@pytest.mark.usefixtures("only_notifications")
async def test_an_item_is_claimed_when_it_becomes_due(parts: ExampleParts) -> None:
    await add(parts.engine, 1, seconds=0.5)
    async with running_worker(parts, lane(finish)):
        await wait_until(lambda: all_done(parts.engine))


async def test_an_item_that_fails_is_postponed_and_does_not_stop_the_others(parts: ExampleParts) -> None:
    reported: list[tuple[str, str]] = []

    async def do(parts: ExampleParts, number: int) -> None:
        if number == 1:
            raise RuntimeError("not this one")
        await finish(parts, number)

    await add(parts.engine, -1, 1, 2, 3)
    with capture_logs() as lines:
        async with running_worker(parts, lane(do, at_once=1, reported=reported)):
            await wait_until(lambda: len(reported) == 2)
            await wait_until(lambda: others_done(parts.engine))
    assert set(reported) == {("1", "not this one"), ("-1", "recovered")}
    assert [line["item"] for line in lines if line["event"] == "work.failed"] == ["1"]


async def others_done(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return (await connection.execute(sa.select(chores.c.number).where(~chores.c.is_done))).scalars().all() == [1]


async def test_a_full_lane_claims_no_more_and_does_not_delay_another_lane(parts: ExampleParts) -> None:
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
    await wait_until(lambda: len(begun) == 2)
    async with running_worker(parts, lane(finish)):
        await wait_until(lambda: all_claimed_are_done(parts.engine))
    assert len(begun) == 2
    release.set()
    await full.finish()
    assert await all_done(parts.engine)


async def all_claimed_are_done(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        left = sa.select(sa.func.count()).where(~chores.c.is_done)
        return bool((await connection.execute(left)).scalar_one() == 2)


async def test_stopping_waits_for_the_items_in_progress(parts: ExampleParts) -> None:
    started = asyncio.Event()

    async def take_long(parts: ExampleParts, number: int) -> None:
        started.set()
        await asyncio.sleep(0.3)
        await finish(parts, number)

    await add(parts.engine, 1)
    async with running_worker(parts, lane(take_long)):
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
    async with running_worker(parts, waiting):
        await wait_until(lambda: all_done(parts.engine))
    assert away == 0
