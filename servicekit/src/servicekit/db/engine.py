"""The asynchronous database engine, of which each process has one, and its connections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import asyncpg
import sqlalchemy as sa
from pydantic_core import from_json, to_json
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from servicekit.settings import ServiceSettings

COMMAND_SECONDS = 20
CHECKOUT_SECONDS = 10
CONNECT_SECONDS = 5


def create_engine(settings: ServiceSettings, application_name: str) -> AsyncEngine:
    """Returns an engine with deadlines for every command and for every wait for a connection.

    `pg_stat_activity` shows its connections under `application_name`.
    """
    engine = create_async_engine(
        settings.database_url_for("asyncpg"),
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=CHECKOUT_SECONDS,
        # Last in, first out: a few connections are used most, and keep their prepared statements.
        pool_use_lifo=True,
        # Keeps names, addresses and tokens out of logged errors.
        hide_parameters=True,
        json_serializer=lambda value: to_json(value).decode(),
        json_deserializer=from_json,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": COMMAND_SECONDS,
            "prepared_statement_cache_size": 500,
            "server_settings": {
                "application_name": application_name,
                # The queries are short, so that compiling them costs more than it saves.
                "jit": "off",
                "idle_in_transaction_session_timeout": "60s",
            },
        },
    )
    sa.event.listen(engine.sync_engine, "checkout", _refuse_lost_connection)
    return engine


def _refuse_lost_connection(connection: Any, _record: object, _proxy: object) -> None:
    # Needs no round trip, unlike a ping: after a restart of PostgreSQL the driver knows that the socket is closed.
    if connection.driver_connection.is_closed():
        raise sa.exc.DisconnectionError


def reading(engine: AsyncEngine) -> AsyncConnection:
    """Returns a connection for single SELECTs, to be used with `async with`.

    It sends no BEGIN and ROLLBACK around them, which saves two round trips.
    """
    return _without_transactions(engine).connect()


@lru_cache(maxsize=8)
def _without_transactions(engine: AsyncEngine) -> AsyncEngine:
    # Cached, since making it costs as much as a statement.
    return engine.execution_options(isolation_level="AUTOCOMMIT")


async def driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    """Returns the driver's own connection.

    Unless SQLAlchemy has begun a transaction, each statement on it is a transaction of its own, without round trips for
    BEGIN and COMMIT.
    """
    driver: asyncpg.Connection | None = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise ConnectionError("the connection is closed")
    return driver


@asynccontextmanager
async def borrowed_driver(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    """Lends the driver's own connection, on which each statement is a transaction of its own.

    This costs a third of a connection of SQLAlchemy, and is for statements that need nothing else of it.
    """
    lent = await engine.raw_connection()
    try:
        driver: asyncpg.Connection | None = lent.driver_connection
        if driver is None:
            raise ConnectionError("the connection is closed")
        yield driver
    finally:
        # Nothing is to be rolled back, so this waits for nothing and cannot be cancelled halfway.
        await greenlet_spawn(lent.close)


async def driver_in_transaction(connection: AsyncConnection) -> asyncpg.Connection:
    """Returns the driver's own connection, inside the transaction of `connection`."""
    driver = await driver_of(connection)
    if not driver.is_in_transaction():
        # SQLAlchemy sends BEGIN only with the first statement that it executes itself.
        await connection.execute(sa.text("SELECT 1"))
    return driver


# A temporary table tests the database's disk and permissions without touching data: its rows vanish at the commit, the
# table with the connection. The rows need new pages, since only a new page shows that the disk is full.
_WRITE = """
CREATE TEMPORARY TABLE IF NOT EXISTS readiness (filler text) ON COMMIT DELETE ROWS;
INSERT INTO pg_temp.readiness SELECT repeat('x', 2000) FROM generate_series(1, 16);
"""


async def try_to_write(engine: AsyncEngine) -> None:
    """Returns if the database takes a write, raises one of `DATABASE_ERRORS` otherwise. No data remains."""
    async with engine.connect() as connection:
        # Sent together, both statements run in one transaction.
        await (await driver_of(connection)).execute(_WRITE)
