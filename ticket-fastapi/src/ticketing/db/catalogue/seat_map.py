"""Reads the seats of an event for its map, with one statement; `sql/seat_map.sql` explains it."""

from __future__ import annotations

from uuid import UUID

from servicekit.db.engine import borrowed_driver
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.db.statements import read_statement
from ticketing.domain.seat_map import RowOfSeats, runs_of

SEAT_MAP = read_statement("seat_map")
PLAN = "SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0"
"""Makes PostgreSQL read the seats in the order of the index."""


async def read_rows(engine: AsyncEngine, event_id: UUID) -> list[RowOfSeats]:
    """Returns the event's rows of seats, ordered by section and row; none if it has no seats or does not exist."""
    async with borrowed_driver(engine) as driver, driver.transaction(readonly=True):
        await driver.execute(PLAN)
        return [_row(*row) for row in await driver.fetch(SEAT_MAP, event_id)]


def _row(
    section: str,
    row: str,
    first: int,
    price: int,
    states: str,
    numbers: list[int] | None,
    prices: list[int] | None,
) -> RowOfSeats:
    if numbers is None or prices is None:
        return RowOfSeats(section, row, ((first, first + len(states) - 1, price),), states)
    return RowOfSeats(section, row, tuple(runs_of(numbers, prices)), states)
