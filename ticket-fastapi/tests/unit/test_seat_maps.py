"""Seat maps are computed once for many callers, kept for a second, and bounded in bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from ticketing.domain.seat_map import RowOfSeats, compact, runs_of
from ticketing.usecases.catalogue.seat_maps import FRESH_SECONDS, SeatMap, SeatMaps

HERE, THERE = uuid4(), uuid4()


def row(*numbers: int, prices: Sequence[int] = (), states: str = "", section: str = "S", name: str = "A") -> RowOfSeats:
    runs = tuple(runs_of(numbers, prices or [5] * len(numbers)))
    return RowOfSeats(section, name, runs, states or "o" * len(numbers))


class Source:
    """Counts the reads of each event; those of an event with a gate wait until it opens."""

    def __init__(self) -> None:
        self.reads: list[UUID] = []
        self.gates: dict[UUID, asyncio.Event] = {}
        self.rows: Sequence[RowOfSeats] = [row(1, 2, 3)]
        self.error: Exception | None = None

    async def read(self, event_id: UUID) -> Sequence[RowOfSeats]:
        self.reads.append(event_id)
        if event_id in self.gates:
            await self.gates[event_id].wait()
        if self.error is not None:
            raise self.error
        return self.rows


def maps_of(source: Source, clock: list[float], **options: int) -> SeatMaps:
    return SeatMaps(source.read, clock=lambda: clock[0], **options)


async def test_a_crowd_causes_one_read_and_gets_one_map() -> None:
    source = Source()
    source.gates[HERE] = asyncio.Event()
    maps = maps_of(source, [0.0])
    crowd = [asyncio.create_task(maps.get(HERE)) for _ in range(50)]
    await asyncio.sleep(0)
    source.gates[HERE].set()
    assert len({id(found) for found in await asyncio.gather(*crowd)}) == 1
    assert source.reads == [HERE]


async def test_a_map_is_computed_anew_after_a_second_and_stays_itself_if_nothing_has_changed() -> None:
    source, clock = Source(), [0.0]
    maps = maps_of(source, clock)
    first = await maps.get(HERE)
    clock[0] = FRESH_SECONDS - 0.01
    assert await maps.get(HERE) is first
    clock[0] = FRESH_SECONDS
    assert await maps.get(HERE) is first
    assert source.reads == [HERE, HERE]
    source.rows = [row(1, 2, 3, states="ogb")]
    clock[0] = 2 * FRESH_SECONDS
    assert (await maps.get(HERE)).tag != first.tag


async def test_a_slow_event_keeps_no_other_waiting() -> None:
    source = Source()
    source.gates[HERE] = asyncio.Event()
    maps = maps_of(source, [0.0])
    slow = asyncio.create_task(maps.get(HERE))
    await asyncio.sleep(0)
    assert (await maps.get(THERE)).plain
    assert not slow.done()
    await maps.close()
    with pytest.raises(asyncio.CancelledError):
        await slow


async def test_a_failure_reaches_those_who_wait_and_is_not_kept() -> None:
    source = Source()
    source.gates[HERE] = asyncio.Event()
    source.error = ZeroDivisionError()
    maps = maps_of(source, [0.0])
    crowd = [asyncio.create_task(maps.get(HERE)) for _ in range(3)]
    await asyncio.sleep(0)
    source.gates[HERE].set()
    outcomes = await asyncio.gather(*crowd, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError] * 3
    source.error = None
    assert (await maps.get(HERE)).plain
    assert source.reads == [HERE, HERE]


async def test_a_caller_who_leaves_takes_the_map_from_nobody() -> None:
    source = Source()
    source.gates[HERE] = asyncio.Event()
    maps = maps_of(source, [0.0])
    leaving, staying = (asyncio.create_task(maps.get(HERE)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    source.gates[HERE].set()
    assert (await staying).plain
    assert source.reads == [HERE]


async def test_all_maps_together_take_no_more_than_their_bytes() -> None:
    source, clock = Source(), [0.0]
    size = SeatMap.of(source.rows, None).size
    maps = maps_of(source, clock, most_bytes=3 * size)
    events = [uuid4() for _ in range(5)]
    for event_id in events:
        await maps.get(event_id)
    assert maps._bytes == sum(kept.map.size for kept in maps._kept.values()) == 3 * size
    assert list(maps._kept) == events[2:]
    await maps.get(events[2])
    await maps.get(events[0])
    assert list(maps._kept) == [events[4], events[2], events[0]]
    clock[0] = FRESH_SECONDS
    await maps.get(events[2])
    assert maps._bytes == 3 * size


async def test_a_map_that_is_larger_than_all_may_be_is_given_and_not_kept() -> None:
    maps = maps_of(Source(), [0.0], most_bytes=1)
    assert (await maps.get(HERE)).plain
    assert (maps._bytes, len(maps._kept)) == (0, 0)


@pytest.mark.parametrize(
    "changed",
    [
        [row(1, 2, 4)],
        [row(1, 2)],
        [row(1, 2, 3, prices=[5, 5, 6])],
        [row(1, 2, 3, prices=[6, 6, 6])],
        [row(1, 2, 3, name="B")],
        [row(1, 2, 3, section="T")],
    ],
)
def test_the_layout_changes_with_places_and_prices_and_not_with_states(changed: Sequence[RowOfSeats]) -> None:
    def layout(rows: Sequence[RowOfSeats]) -> object:
        return json.loads(SeatMap.of(rows, None).plain)["layout"]

    assert layout([row(1, 2, 3, states="bgo")]) == layout([row(1, 2, 3)])
    assert layout(changed) != layout([row(1, 2, 3)])


def test_seats_are_runs_of_consecutive_numbers_with_one_price() -> None:
    rows = [
        row(1, 2, 3),
        row(7, name="B"),
        row(1, 2, 4, 5, name="C"),
        row(1, 2, 3, 4, prices=[5, 9, 9, 0], states="obgo", section="T"),
    ]
    assert compact(rows) == {
        "prices": [0, 5, 9],
        "sections": [
            {
                "section": "S",
                "rows": [
                    {"row": "A", "runs": [(1, 3, 1)]},
                    {"row": "B", "runs": [(7, 7, 1)]},
                    {"row": "C", "runs": [(1, 2, 1), (4, 5, 1)]},
                ],
            },
            {"section": "T", "rows": [{"row": "A", "runs": [(1, 1, 1), (2, 3, 2), (4, 4, 0)]}]},
        ],
        "states": "oooooooo" + "obgo",
    }
