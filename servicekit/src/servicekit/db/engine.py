"""The asynchronous engine; one per process."""

from __future__ import annotations

from typing import Any

import asyncpg
import sqlalchemy as sa
from pydantic_core import from_json, to_json
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from servicekit.settings import ServiceSettings

COMMAND_SECONDS = 20
CHECKOUT_SECONDS = 10
CONNECT_SECONDS = 5


def create_engine(settings: ServiceSettings, application_name: str) -> AsyncEngine:
    """An engine whose every command and every wait for a connection has a deadline.

    `application_name` is what `pg_stat_activity` shows for this process.
    """
    engine = create_async_engine(
        settings.database_url_for("asyncpg"),
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=CHECKOUT_SECONDS,
        # Last in, first out keeps few connections hot, with their prepared statements.
        pool_use_lifo=True,
        # Names, addresses and tokens have no business in the log of an error.
        hide_parameters=True,
        json_serializer=lambda value: to_json(value).decode(),
        json_deserializer=from_json,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": COMMAND_SECONDS,
            "prepared_statement_cache_size": 500,
            "server_settings": {
                "application_name": application_name,
                # Planning is short here and compiling costs more than it saves.
                "jit": "off",
                "idle_in_transaction_session_timeout": "60s",
            },
        },
    )
    sa.event.listen(engine.sync_engine, "checkout", _refuse_lost_connection)
    return engine


def _refuse_lost_connection(connection: Any, _record: object, _proxy: object) -> None:
    # Costs no round trip, unlike a ping: after a restart of PostgreSQL the driver knows already that the socket is
    # gone.
    if connection.driver_connection.is_closed():
        raise sa.exc.DisconnectionError


def reading(engine: AsyncEngine) -> AsyncConnection:
    """A connection for single SELECTs (`async with`).

    Without BEGIN and ROLLBACK around them, which would be two round trips more.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT").connect()


async def driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    """The driver's own connection. Unless SQLAlchemy has begun a transaction, each statement on it is one of its own:
    no BEGIN, no COMMIT, no further round trips.
    """
    driver: asyncpg.Connection | None = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise ConnectionError("the connection is closed")
    return driver


async def driver_in_transaction(connection: AsyncConnection) -> asyncpg.Connection:
    """The driver's own connection, within the transaction of `connection`."""
    driver = await driver_of(connection)
    if not driver.is_in_transaction():
        # SQLAlchemy says BEGIN only with the first statement that it executes itself.
        await connection.execute(sa.text("SELECT 1"))
    return driver


# A temporary table is part of the database's disk and of its permissions, but of nobody's data: its rows go with the
# commit, it goes with the connection. The rows need new pages, since only these find the disk full.
_WRITE = """
CREATE TEMPORARY TABLE IF NOT EXISTS readiness (filler text) ON COMMIT DELETE ROWS;
INSERT INTO pg_temp.readiness SELECT repeat('x', 2000) FROM generate_series(1, 16);
"""


async def try_to_write(engine: AsyncEngine) -> None:
    """Returns if the database takes a write; raises one of `DATABASE_ERRORS` if it does not. Leaves nothing behind."""
    async with engine.connect() as connection:
        # Both statements at once are one transaction of their own.
        await (await driver_of(connection)).execute(_WRITE)
