"""The seat maps of this process: each is computed at most once a second, however many callers want it.

Callers who want a map while it is computed wait for that computation. Maps of different events do not wait for each
other. A failure reaches those who waited for it, and nobody else.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from uuid import UUID

from pydantic_core import to_json
from servicekit.db.engine import reading
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.db.catalogue.seat_map import read_rows
from ticketing.domain.seat_map import RowOfSeats, compact
from ticketing.usecases.catalogue.manage_events import find_event

FRESH_SECONDS = 1.0
MOST_BYTES = 16 * 1024 * 1024
"""Of all maps that are kept. One of 50,000 seats in 500 rows has about 350 KB with its rows."""
BYTES_OF_ROW, BYTES_OF_RUN = 300, 150
"""About what a row takes in memory without its states, and each of its runs."""
LAYOUT_BYTES = 8
GZIP_LEVEL = 4
"""Level 6 takes five times as long for 50,000 seats, and saves a twentieth of the bytes."""


@dataclass(frozen=True, slots=True)
class SeatMap:
    """A map as JSON, plain and compressed, and the rows that it shows.

    `tag` is weak, because both forms have it (RFC 9110, section 8.8.3).
    """

    rows: Sequence[RowOfSeats]
    plain: bytes
    zipped: bytes
    tag: str

    @classmethod
    def of(cls, rows: Sequence[RowOfSeats], previous: SeatMap | None) -> SeatMap:
        """Returns the map of these rows: `previous` itself if that has the same content."""
        content = compact(rows)
        layout = blake2b(to_json([content["prices"], content["sections"]]), digest_size=LAYOUT_BYTES).hexdigest()
        plain = to_json({"layout": layout, **content})
        tag = f'W/"{blake2b(plain, digest_size=12).hexdigest()}"'
        if previous is not None and previous.tag == tag:
            return previous
        return cls(rows, plain, gzip.compress(plain, GZIP_LEVEL, mtime=0), tag)

    @property
    def size(self) -> int:
        """About the bytes that both forms and the rows take."""
        rows = sum(BYTES_OF_ROW + BYTES_OF_RUN * len(row.runs) + len(row.states) for row in self.rows)
        return len(self.plain) + len(self.zipped) + rows


@dataclass(frozen=True, slots=True)
class _Kept:
    map: SeatMap
    fresh_until: float


class SeatMaps:
    """Keeps the maps that were asked for last."""

    def __init__(
        self,
        read: Callable[[UUID], Awaitable[Sequence[RowOfSeats]]],
        *,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read` returns the rows of an event's seats as they are now."""
        self._read = read
        self._most_bytes = most_bytes
        self._clock = clock
        self._kept: OrderedDict[UUID, _Kept] = OrderedDict()
        self._bytes = 0
        self._under_way: dict[UUID, asyncio.Task[SeatMap]] = {}

    async def get(self, event_id: UUID) -> SeatMap:
        """Returns the event's map, at most a second old; raises what `read` raises."""
        kept = self._kept.get(event_id)
        if kept is not None and self._clock() < kept.fresh_until:
            self._kept.move_to_end(event_id)
            return kept.map
        # Shielded: a caller who leaves does not take the map away from the others.
        return await asyncio.shield(self._under_way.get(event_id) or self._begin(event_id))

    async def close(self) -> None:
        """Ends the computations that are under way."""
        under_way = list(self._under_way.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _begin(self, event_id: UUID) -> asyncio.Task[SeatMap]:
        task = asyncio.create_task(self._compute(event_id))
        self._under_way[event_id] = task
        task.add_done_callback(partial(self._end, event_id))
        return task

    async def _compute(self, event_id: UUID) -> SeatMap:
        rows = await self._read(event_id)
        kept = self._kept.get(event_id)
        # In a thread, since it takes milliseconds in which the loop can serve others.
        return await asyncio.to_thread(SeatMap.of, rows, kept.map if kept else None)

    def _end(self, event_id: UUID, task: asyncio.Task[SeatMap]) -> None:
        del self._under_way[event_id]
        # Asks for the exception, since nobody else does if all callers have left.
        if not task.cancelled() and task.exception() is None:
            self._keep(event_id, task.result())

    def _keep(self, event_id: UUID, computed: SeatMap) -> None:
        previous = self._kept.pop(event_id, None)
        self._bytes += computed.size - (previous.map.size if previous else 0)
        self._kept[event_id] = _Kept(computed, self._clock() + FRESH_SECONDS)
        while self._bytes > self._most_bytes:
            _, forgotten = self._kept.popitem(last=False)
            self._bytes -= forgotten.map.size


def seat_maps_of(engine: AsyncEngine) -> SeatMaps:
    """Returns the maps of the events in this database."""
    return SeatMaps(partial(read_seats, engine))


async def read_seats(engine: AsyncEngine, event_id: UUID) -> list[RowOfSeats]:
    """Returns the rows of the event's seats as they are now; raises EventNotFoundError."""
    rows = await read_rows(engine, event_id)
    if not rows:
        async with reading(engine) as connection:
            await find_event(connection, event_id)
    return rows
