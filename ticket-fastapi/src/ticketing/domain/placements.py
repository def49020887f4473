"""Where adjacent seats fit into a row, and how good each such placement is.

Seats are adjacent if they follow each other in their row's order of numbers: which seats an aisle divides is unknown.
A placement leaves a seat alone if that is free, no neighbour stays free, and the placement takes one of its neighbours.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from ticketing.domain.seat import SeatStatus
from ticketing.domain.seat_map import SIGNS, RowOfSeats
from ticketing.domain.seat_plan import Place

ROW_BACK = 4
"""The distance of one row, in half seats: one row further back is as good as two seats further from the centre."""
_FREE = re.compile(f"{SIGNS[SeatStatus.OPEN]}+")


class Placement(NamedTuple):
    """Seats from position `start` of a row on, within `free` seats that are adjacent; the smaller one is the better.

    `singles` is how many seats it leaves alone, `discount` the negative price of a seat, `distance` how many half seats
    it is from the centre of its row and from the first row of its section, `row` the row's index in the hall. Where
    sections are in the hall is unknown; that the dearer seats are the better ones is all that their prices say.
    """

    singles: int
    discount: int
    distance: int
    row: int
    start: int
    free: range

    @property
    def price(self) -> int:
        """Returns the price of each seat."""
        return -self.discount


class _Span(NamedTuple):
    """Positions of a row, from `start` to `stop - 1`, whose seats have one price."""

    start: int
    stop: int
    price: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a hall; `back` is the number of rows of its section in front of it."""

    index: int
    back: int
    seats: RowOfSeats
    spans: Sequence[_Span]

    def free(self) -> Iterator[range]:
        """Yields the positions of free seats that are adjacent, each range as long as can be."""
        for found in _FREE.finditer(self.seats.states):
            yield range(*found.span())

    def placements(self, free: range, count: int, prices: range) -> Iterator[Placement]:
        """Yields placements of `count` adjacent seats of one price in `free`; the best of each price is among them.

        Of the positions where they fit, at most two leave a seat alone. So the best one is among the five that are
        closest to the centre, and the others are not looked at.
        """
        length = len(self.seats.states)
        for span in self._spans_in(free):
            first, last = max(span.start, free.start), min(span.stop, free.stop) - count
            if span.price not in prices or last < first:
                continue
            closest = min(max((length - count) // 2, first), last)
            for start in range(max(first, closest - 2), min(last, closest + 2) + 1):
                singles = len(left_alone(free, range(start, start + count)))
                distance = abs(2 * start + count - length) + ROW_BACK * self.back
                yield Placement(singles, -span.price, distance, self.index, start, free)

    def all_placements(self, count: int, prices: range) -> Iterator[Placement]:
        """Yields the placements in all free seats of the row."""
        for free in self.free():
            yield from self.placements(free, count, prices)

    def places(self, start: int, count: int) -> tuple[Place, ...]:
        """Returns the places of `count` seats from position `start` on."""
        numbers = [number for first, last, _ in self.seats.runs for number in range(first, last + 1)]
        return tuple((self.seats.section, self.seats.row, number) for number in numbers[start : start + count])

    def _spans_in(self, free: range) -> Iterator[_Span]:
        begin = bisect_right(self.spans, free.start, key=lambda span: span.start) - 1
        for index in range(begin, len(self.spans)):
            if self.spans[index].start >= free.stop:
                return
            yield self.spans[index]


def left_alone(free: range, chosen: range) -> list[int]:
    """Returns the positions that `chosen` leaves alone, out of adjacent `free` seats (contracts/single_seats.json)."""
    alone = []
    if chosen.start - free.start == 1:
        alone.append(free.start)
    if free.stop - chosen.stop == 1:
        alone.append(chosen.stop)
    return alone


def rows_of(rows: Iterable[RowOfSeats]) -> Iterator[Row]:
    """Yields the rows of a hall; in `rows`, those of one section follow each other, the first row in front."""
    back, section = 0, None
    for index, row in enumerate(rows):
        back = back + 1 if row.section == section else 0
        section = row.section
        yield Row(index, back, row, tuple(_spans(row)))


def _spans(row: RowOfSeats) -> Iterator[_Span]:
    stop = 0
    for price, runs in groupby(row.runs, key=lambda run: run[2]):
        start = stop
        stop += sum(last - first + 1 for first, last, _ in runs)
        yield _Span(start, stop, price)
