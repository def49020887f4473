"""Engines that tests reuse.

A new engine compiles every statement again and opens connections, and PostgreSQL starts a process for each. So the
engine of a test, with its open connections, goes to the next test.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from servicekit.db import engine as engine_module
from servicekit.db.engine import create_engine, driver_of
from servicekit.settings import ServiceSettings
from sqlalchemy.ext.asyncio import AsyncEngine
from ticketing import services
from ticketing.db.tables import metadata

# DELETE is far faster than TRUNCATE on small tables. The replica role skips the triggers that check foreign keys. All
# statements are sent at once: one transaction and one round trip.
_DELETE_ALL_ROWS = "; ".join(
    [
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {table}" for table in metadata.tables),
    ]
)
EngineKey = tuple[object, ...]
_idle: defaultdict[EngineKey, list[AsyncEngine]] = defaultdict(list)


class _ReusedEngine(AsyncEngine):
    """An engine that becomes idle, and is not closed, when its user disposes of it."""

    key: EngineKey

    async def dispose(self, close: bool = True) -> None:
        if self.sync_engine.pool.checkedout():  # type: ignore[attr-defined]
            # An action was killed while it used a connection, so no other test may get the connection.
            await super().dispose(close)
        else:
            _idle[self.key].append(AsyncEngine(self.sync_engine))


@asynccontextmanager
async def reused_engines(database_url: str) -> AsyncIterator[None]:
    """While the block runs, services on this database and the current event loop get engines that were used before."""
    loop = asyncio.get_running_loop()

    def reuse(settings: ServiceSettings, application_name: str) -> AsyncEngine:
        if settings.database_dsn() != database_url or asyncio.get_running_loop() is not loop:
            return create_engine(settings, application_name)
        key = (application_name, settings.database_pool_size, engine_module.COMMAND_SECONDS)
        idle = _idle[key]
        engine = _ReusedEngine((idle.pop() if idle else create_engine(settings, application_name)).sync_engine)
        engine.key = key
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "create_engine", reuse)
        yield
    await close_idle_engines()


async def close_idle_engines() -> None:
    """Closes the idle engines and their connections."""
    for engines in _idle.values():
        while engines:
            await engines.pop().dispose()


async def empty_tables(engine: AsyncEngine) -> None:
    """Deletes all rows of all tables."""
    async with engine.connect() as connection:
        await (await driver_of(connection)).execute(_DELETE_ALL_ROWS)
