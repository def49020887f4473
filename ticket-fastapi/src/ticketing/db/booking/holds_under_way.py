"""The seats that holds of this process are taking at this moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID


class HoldsUnderWay:
    """Makes requests for a seat wait while a hold of this process takes it.

    In PostgreSQL they would wait for the seat's lock, each with a connection, and then need further statements to find
    out why they were refused. After the hold, their one statement sees that the seat is taken (docs/adr/0034).
    This saves work and guards nothing: the statement decides who gets the seat.
    """

    def __init__(self) -> None:
        self._ends: dict[UUID, asyncio.Event] = {}

    @asynccontextmanager
    async def after_others(self, seat_ids: Sequence[UUID]) -> AsyncIterator[None]:
        """Runs the block after the holds that were under way for one of the seats; those who waited run together."""
        for end in [self._ends[seat_id] for seat_id in seat_ids if seat_id in self._ends]:
            await end.wait()
        own = asyncio.Event()
        first = [seat_id for seat_id in seat_ids if seat_id not in self._ends]
        self._ends.update(dict.fromkeys(first, own))
        try:
            yield
        finally:
            for seat_id in first:
                del self._ends[seat_id]
            own.set()
