"""Holds up statements that take seats until several of them wait, each with a snapshot of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import sqlalchemy as sa
from servicekit.db.engine import create_engine, reading

from devstack.waiting import wait_until
from support.ticket_system import TicketSystem


@asynccontextmanager
async def gate(
    system: TicketSystem, table: sa.Table, row_id: str, *, held_up: int
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Locks a row until `held_up` transactions wait for it, each with its own snapshot; then releases them all.

    Without the gate one statement usually ends before the next begins, and the race seldom happens. Yields a function
    that returns once they wait, for a test that acts meanwhile.
    """
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'WITH seen AS MATERIALIZED (%'"
    )
    engine = create_engine(system.settings, "gate")
    try:
        async with engine.begin() as holding, reading(engine) as looking:
            await holding.execute(sa.select(table).where(table.c.id == row_id).with_for_update())

            async def enough() -> bool:
                return int((await looking.execute(waiting)).scalar_one()) >= held_up

            async def wait() -> None:
                await wait_until(enough)

            yield wait
            await wait()
    finally:
        await engine.dispose()
