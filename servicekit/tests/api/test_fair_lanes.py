"""A lane whose places are shared: an owner whose items take long leaves places for the items of others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from servicekit.db import due_rows
from servicekit.db.due_rows import DueRows, Places
from servicekit.lanes import AnyLane, Lane, LaneRunner, Work
from servicekit.tracing import new_trace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from support.parts import ExampleParts

from devstack.waiting import wait_until

metadata = sa.MetaData()
errands = sa.Table(
    "errands",
    metadata,
    sa.Column("number", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
)
DUE = DueRows(errands.c.number, errands.c.due_at)
LEASE = timedelta(minutes=1)
AT_ONCE, OF_ONE_OWNER = 6, 2


@pytest.fixture(autouse=True)
async def _table(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)


async def add(engine: AsyncEngine, owners: Iterable[str]) -> None:
    async with engine.begin() as connection:
        for owner in owners:
            await connection.execute(sa.insert(errands).values(owner=owner))


async def owners_claimed(engine: AsyncEngine, free: int, **taken: int) -> list[str]:
    async with engine.begin() as connection:
        claimed = await DUE.claim_fairly(
            connection,
            errands.c.owner,
            owner=errands.c.owner,
            places=Places(free, OF_ONE_OWNER, taken),
            lease=LEASE,
        )
    return sorted(row["owner"] for row in claimed)


async def test_a_claim_takes_no_more_of_one_owner_than_it_may_have(engine: AsyncEngine) -> None:
    await add(engine, "aaaaaaaab")
    assert await owners_claimed(engine, 6) == ["a", "a", "b"]


async def test_places_that_an_owner_has_already_count(engine: AsyncEngine) -> None:
    await add(engine, "aaaabbbb")
    assert await owners_claimed(engine, 6, a=1, b=2) == ["a"]
    assert await owners_claimed(engine, 6, a=2, b=2) == []


async def test_with_few_places_every_owner_has_its_turn(engine: AsyncEngine) -> None:
    await add(engine, "aabbcc")
    assert await owners_claimed(engine, 3) == ["a", "b", "c"]
    assert await owners_claimed(engine, 2, a=1) == ["b", "c"]


async def test_a_long_line_of_an_owner_without_places_hides_nobody(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_rows, "LOOKED_AT", 3)
    await add(engine, "aaaaaaaab")
    assert await owners_claimed(engine, 6) == ["a", "a"]
    assert await owners_claimed(engine, 6, a=2) == ["b"]


async def test_claims_at_the_same_time_take_different_rows(engine: AsyncEngine) -> None:
    await add(engine, "abcdef" * 2)
    claims = await asyncio.gather(*(owners_claimed(engine, 4) for _ in range(6)))
    claimed = Counter(owner for claim in claims for owner in claim)
    async with engine.connect() as connection:
        due = await DUE.count_due(connection)
    assert claimed.total() + due == 12
    assert max(claimed.values()) <= 2


class Errands:
    """A lane in which the errands of `slow` owners end only when `may_end` is set."""

    def __init__(self, slow: str) -> None:
        self.slow = slow
        self.may_end = asyncio.Event()
        self.started: Counter[str] = Counter()
        self.done: Counter[str] = Counter()

    async def claim(self, _: ExampleParts, connection: AsyncConnection, places: Places) -> list[Work[str]]:
        columns = (errands.c.number, errands.c.owner)
        rows = await DUE.claim_fairly(connection, *columns, owner=errands.c.owner, places=places, lease=LEASE)
        return [Work(row["owner"], str(row["number"]), new_trace(), owner=row["owner"]) for row in rows]

    async def do(self, _: ExampleParts, owner: str) -> None:
        self.started[owner] += 1
        if owner in self.slow:
            await self.may_end.wait()
        self.done[owner] += 1

    async def failed(self, *_: object) -> None:
        raise AssertionError

    def lane(self) -> AnyLane[ExampleParts]:
        return Lane(
            "errands", AT_ONCE, DUE.seconds_to_next(), self.claim, self.do, self.failed, of_one_owner=OF_ONE_OWNER
        )


async def test_owners_whose_items_stand_still_do_not_stop_another(parts: ExampleParts) -> None:
    work = Errands(slow="ab")
    await add(parts.engine, ["a"] * 20 + ["b"] * 20 + ["c"] * 5)
    runner, stop = LaneRunner(work.lane(), parts), asyncio.Event()
    running = asyncio.create_task(runner.run(stop))
    # Nothing wakes the lane but the end of an item whose owner had no place left.
    await wait_until(lambda: work.done["c"] == 5)
    assert work.started == {"a": OF_ONE_OWNER, "b": OF_ONE_OWNER, "c": 5}
    work.may_end.set()
    await wait_until(lambda: work.done.total() == 45)
    stop.set()
    runner.wake()
    await running
