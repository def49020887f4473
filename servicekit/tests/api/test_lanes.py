"""Lanes: due rows are claimed once, started at a notification, found by polling, and fail independently."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import asyncpg
import pytest
import sqlalchemy as sa
from servicekit.db import lookout
from servicekit.db.due_rows import DueRows, Places
from servicekit.db.engine import reading
from servicekit.db.wake import Bell, open_bell
from servicekit.lanes import AnyLane, Lane, LaneRunner, Work, run_lanes
from servicekit.tracing import new_trace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.testing import capture_logs
from support.parts import ExampleParts

from devstack.deadlines import stretched
from devstack.waiting import wait_until
from servicekit import rounds

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
    monkeypatch.setattr(lookout, "POLL_SECONDS", 600.0)


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

    async def claim(_: ExampleParts, connection: AsyncConnection, places: Places) -> list[Work[int]]:
        rows = await DUE.claim(connection, chores.c.number, lease=LEASE, limit=places.free)
        return [Work(number, str(number), new_trace(), has_failed=number < 0) for (number,) in rows]

    async def failed(_: ExampleParts, name: str, error: BaseException) -> None:
        reports.append((name, str(error)))

    async def recovered(_: ExampleParts, name: str) -> None:
        reports.append((name, "recovered"))

    return Lane("chores", at_once, DUE.seconds_to_next(), claim, do, failed, recovered)


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
        assert [row["number"] for row in await DUE.claim(first, chores.c.number, lease=LEASE, limit=1)] == [2]
        assert [row["number"] for row in await DUE.claim(second, chores.c.number, lease=LEASE, limit=5)] == [1]
    async with engine.begin() as third:
        assert await DUE.claim(third, chores.c.number, lease=LEASE, limit=5) == []
        assert await seconds_to_next(third) is None, "nobody need look at what is due so late"
    await add(engine, 4, seconds=4)
    async with engine.begin() as fourth:
        assert 3 < (await seconds_to_next(fourth) or 0) <= 4


async def seconds_to_next(connection: AsyncConnection) -> float | None:
    wait = (await connection.execute(sa.select(DUE.seconds_to_next()))).scalar_one()
    return None if wait is None else float(wait)


async def test_without_rows_nothing_is_due(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        assert await seconds_to_next(connection) is None
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


async def test_work_is_done_while_listen_is_not_yet_in_force(
    parts: ExampleParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncpg.Connection, "add_listener", never)
    async with running_worker(parts, lane(finish)):
        for number in (1, 2):
            await add(parts.engine, number)
            await wait_until(lambda: all_done(parts.engine), seconds=5)


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
    await full.take_up()
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


class Away:
    """Something that fails so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def fail(self) -> None:
        if self.times:
            self.times -= 1
            raise ConnectionRefusedError("nothing listens there")


async def test_a_lane_goes_on_when_its_database_comes_back(
    parts: ExampleParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Away(3)
    usual = lane(finish)

    async def claim_or_fail(parts: ExampleParts, connection: AsyncConnection, places: Places) -> Any:
        away.fail()
        return await usual.claim(parts, connection, places)

    monkeypatch.setattr(lookout, "POLL_SECONDS", 0.01)
    await add(parts.engine, 1)
    async with running_worker(parts, replace(usual, claim=claim_or_fail)):
        await wait_until(lambda: all_done(parts.engine))
    assert away.times == 0


async def test_the_lookout_goes_on_when_its_database_comes_back(
    parts: ExampleParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Away(3)

    def read_or_fail(engine: AsyncEngine) -> AsyncConnection:
        away.fail()
        return reading(engine)

    monkeypatch.setattr(lookout, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(lookout, "reading", read_or_fail)
    async with running_worker(parts, lane(finish)):
        await wait_until(lambda: away.times == 0)
        await add(parts.engine, 1)
        await wait_until(lambda: all_done(parts.engine))


async def test_a_lane_whose_look_fails_stops_no_other(parts: ExampleParts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "POLL_SECONDS", 0.01)
    usual = lane(finish)
    broken = replace(usual, name="broken", seconds_to_next=sa.select(sa.literal_column("1.0 / 0")).scalar_subquery())
    with capture_logs() as lines:
        async with running_worker(parts, usual, broken):
            await wait_until(lambda: any(line["event"] == "lookout.failed" for line in lines))
            await add(parts.engine, 1)
            await wait_until(lambda: all_done(parts.engine))


async def test_a_lane_goes_on_after_a_claim_that_fails_by_a_defect(parts: ExampleParts) -> None:
    usual, failures = lane(finish), [ValueError("a defect")]

    async def claim(services: ExampleParts, connection: AsyncConnection, places: Places) -> Sequence[Work[int]]:
        if failures:
            raise failures.pop()
        return await usual.claim(services, connection, places)

    async with running_worker(parts, replace(usual, claim=claim)):
        await add(parts.engine, 1)
        await wait_until(lambda: all_done(parts.engine), seconds=3)
    assert not failures


async def test_an_idle_worker_looks_once_for_all_its_lanes(
    parts: ExampleParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    monkeypatch.setattr(lookout, "POLL_SECONDS", 0.1)

    def note(sent: asyncpg.connection.LoggedQuery) -> None:
        looks.append(sent.query)

    def listen(connection: Any, *_: object) -> None:
        # By the driver, which also sends what bypasses SQLAlchemy.
        connection.driver_connection.add_query_logger(note)

    several = [replace(lane(finish), name=f"chores {number}") for number in range(5)]
    async with running_worker(parts, *several):
        await wait_until(lambda: listeners(parts.engine))
        sa.event.listen(parts.engine.sync_engine, "checkout", listen)
        try:
            await wait_until(lambda: len(looks) >= 4)
            seen = list(looks)
        finally:
            sa.event.remove(parts.engine.sync_engine, "checkout", listen)
    assert set(seen) == {seen[0]}, "one statement, again and again"


async def test_an_item_that_meets_anothers_cancellation_is_one_that_failed(parts: ExampleParts) -> None:
    reported: list[tuple[str, str]] = []

    async def meet_it(_: ExampleParts, __: int) -> None:
        raise asyncio.CancelledError("of something else")

    await add(parts.engine, 1)
    async with running_worker(parts, lane(meet_it, reported=reported)):
        await wait_until(lambda: reported == [("1", "of something else")])


async def test_the_heartbeat_names_the_lane_that_stands_still(
    parts: ExampleParts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rounds, "STANDS_STILL_AFTER_SECONDS", 0.1)
    monkeypatch.setattr(rounds, "HEARTBEAT_SECONDS", 0.05)
    heartbeat = tmp_path / "heartbeat"
    beating = replace(parts, settings=parts.settings.model_copy(update={"heartbeat_file": heartbeat}))
    release = asyncio.Event()

    async def block(_: ExampleParts, number: int) -> None:
        await release.wait()
        await finish(parts, number)

    def states() -> list[str]:
        lines = heartbeat.read_text().splitlines() if heartbeat.exists() else []
        return [line.partition(" for ")[0] for line in lines]

    await add(parts.engine, 1)
    idle = replace(lane(finish), name="idle", seconds_to_next=sa.select(sa.null()).scalar_subquery(), claim=none_due)
    async with running_worker(beating, lane(block, at_once=1), idle):
        await wait_until(lambda: states() == ["chores: stands still", "idle: moves"])
        release.set()
        await wait_until(lambda: states() == ["chores: moves", "idle: moves"])


async def none_due(_: ExampleParts, __: AsyncConnection, ___: Places) -> list[Work[int]]:
    return []


TURNS_OF_THE_LOOP = 5


async def test_a_lookout_that_is_cancelled_as_it_is_told_to_look_ends(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a worker of which a lane has broken looks on for ever, and no supervisor starts it anew."""
    seeing_nothing = lookout.Lookout(engine, {"chores": DUE.seconds_to_next()}, lambda _: None)
    monkeypatch.setattr(seeing_nothing, "_announce_what_is_due", AsyncMock(return_value=600.0))
    await _ends_although(seeing_nothing.look, asyncio.create_task(seeing_nothing.keep_looking(asyncio.Event())))


async def test_a_pause_that_is_cancelled_as_it_ends_is_cancelled() -> None:
    stop = asyncio.Event()
    await _ends_although(stop.set, asyncio.create_task(rounds.pause(stop, 600)))


async def _ends_although(something_happens: Callable[[], None], task: asyncio.Task[None]) -> None:
    for _ in range(TURNS_OF_THE_LOOP):
        await asyncio.sleep(0)
    something_happens()
    task.cancel()
    await asyncio.wait({task}, timeout=stretched(2))
    assert task.cancelled()
