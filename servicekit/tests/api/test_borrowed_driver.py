"""A connection that is lent without SQLAlchemy's layers goes back to the pool, whatever happens inside the block."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from servicekit.db.engine import borrowed_driver
from sqlalchemy.ext.asyncio import AsyncEngine


def lent(engine: AsyncEngine) -> int:
    return int(engine.pool.checkedout())  # type: ignore[attr-defined]


async def test_each_statement_is_a_transaction_of_its_own(engine: AsyncEngine) -> None:
    async with borrowed_driver(engine) as driver:
        await driver.execute("CREATE TABLE kept ()")
        with pytest.raises(asyncpg.UndefinedTableError):
            await driver.execute("TABLE missing")
    async with borrowed_driver(engine) as driver:
        await driver.execute("DROP TABLE kept")
    assert lent(engine) == 0


async def test_a_borrower_that_is_cancelled_gives_the_connection_back(engine: AsyncEngine) -> None:
    sleeps = asyncio.Event()

    async def sleep() -> None:
        async with borrowed_driver(engine) as driver:
            sleeps.set()
            await driver.execute("SELECT pg_sleep(60)")

    sleeping = asyncio.create_task(sleep())
    await sleeps.wait()
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    assert lent(engine) == 0
    async with borrowed_driver(engine) as driver:
        assert await driver.fetchval("SELECT 1") == 1


async def test_a_connection_that_postgresql_has_ended_is_replaced(engine: AsyncEngine) -> None:
    async with borrowed_driver(engine) as driver:
        ended = await driver.fetchval("SELECT pg_backend_pid()")
        with pytest.raises(asyncpg.PostgresError):
            await driver.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    async with borrowed_driver(engine) as driver:
        assert await driver.fetchval("SELECT pg_backend_pid()") != ended
