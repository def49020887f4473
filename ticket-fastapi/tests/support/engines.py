"""Engines that tests take turns with.

A new engine compiles every statement anew and opens connections, each of which costs PostgreSQL a process. What a test
leaves behind is an engine with warm connections, which the next test gets.
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

# Far faster than TRUNCATE when there is little in them; without the triggers that would check foreign keys. All at once
# are one transaction and one round trip.
_EMPTY = "; ".join(
    [
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {table}" for table in metadata.tables),
    ]
)
Likeness = tuple[object, ...]
_idle: defaultdict[Likeness, list[AsyncEngine]] = defaultdict(list)


class _Lent(AsyncEngine):
    """Given back, not closed, when its user disposes of it."""

    likeness: Likeness

    async def dispose(self, close: bool = True) -> None:
        if self.sync_engine.pool.checkedout():  # type: ignore[attr-defined]
            # Somebody was killed in the middle of something: nobody else gets that connection.
            await super().dispose(close)
        else:
            _idle[self.likeness].append(AsyncEngine(self.sync_engine))


@asynccontextmanager
async def lent(database_url: str) -> AsyncIterator[None]:
    """Services on this database, on the loop that runs now, get engines that others have used before."""
    loop = asyncio.get_running_loop()

    def lend(settings: ServiceSettings, application_name: str) -> AsyncEngine:
        if settings.database_dsn() != database_url or asyncio.get_running_loop() is not loop:
            return create_engine(settings, application_name)
        likeness = (application_name, settings.database_pool_size, engine_module.COMMAND_SECONDS)
        idle = _idle[likeness]
        engine = _Lent((idle.pop() if idle else create_engine(settings, application_name)).sync_engine)
        engine.likeness = likeness
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "create_engine", lend)
        yield
    await close_idle()


async def close_idle() -> None:
    """Closes the connections that nobody uses."""
    for engines in _idle.values():
        while engines:
            await engines.pop().dispose()


async def empty(engine: AsyncEngine) -> None:
    """Leaves no row in any table."""
    async with engine.connect() as connection:
        await (await driver_of(connection)).execute(_EMPTY)
