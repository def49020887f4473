"""Jobs are part of the transaction that asks for them."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from servicekit.db.jobs import enqueue
from sqlalchemy.ext.asyncio import AsyncEngine
from support.waiting import until
from ticketing.settings import Settings


async def _jobs(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        return list((await connection.execute(sa.text("SELECT entrypoint, payload FROM pgqueuer"))).all())


async def test_a_commit_keeps_the_job(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await enqueue(connection, "nothing", {"a": 1})
    assert [job.entrypoint for job in await _jobs(engine)] == ["nothing"]


async def test_a_rollback_drops_the_job_even_when_it_was_the_first_thing_done(engine: AsyncEngine) -> None:
    class OnPurposeError(Exception): ...

    async def begin_and_fail() -> None:
        async with engine.begin() as connection:
            await enqueue(connection, "nothing", {"a": 1})
            raise OnPurposeError

    with pytest.raises(OnPurposeError):
        await begin_and_fail()
    assert await _jobs(engine) == []


async def test_a_second_job_with_the_same_key_is_skipped(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await enqueue(connection, "nothing", {"a": 1}, dedupe_key="once")
        await enqueue(connection, "nothing", {"a": 2}, dedupe_key="once")
    assert [job.payload for job in await _jobs(engine)] == [b'{"a":1}']


async def test_of_two_that_enqueue_at_once_one_notifies_the_workers(engine: AsyncEngine, settings: Settings) -> None:
    heard: list[str] = []
    worker = await asyncpg.connect(settings.database_dsn())
    await worker.add_listener("ch_pgqueuer", lambda *notice: heard.append(str(notice[-1])))
    async with engine.begin() as first:
        await enqueue(first, "one", {})
        async with engine.begin() as second:
            await enqueue(second, "other", {})
        assert [job.entrypoint for job in await _jobs(engine)] == ["other"]
    await until(lambda: bool(heard))
    async with engine.begin() as third:
        await enqueue(third, "third", {})
    await until(lambda: len(heard) > 1)
    await worker.close()
    assert len(heard) == 2
