"""Proposes the best free seats together (decision 39)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from heapq import heapify, heappop, heappush
from itertools import pairwise
from sys import maxsize
from typing import NamedTuple

from ticketing.domain.placements import Placement, Row, rows_of
from ticketing.domain.seat_map import RowOfSeats
from ticketing.domain.seat_plan import Place

MOST_PROPOSALS = 64


@dataclass(frozen=True, slots=True)
class SeatsRequest:
    """How many seats are asked for; None asks for any price, in minor units, or any section."""

    count: int
    max_price: int | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Free seats of one price: adjacent in one row, else in two neighbouring rows."""

    places: tuple[Place, ...]
    price: int
    is_adjacent: bool
    leaves_single: bool


class _Pair(NamedTuple):
    """Seats in two neighbouring rows; the smaller one is the better.

    `lonely` is how many of the two parts have one seat only, and `size` the number of seats in front.
    """

    lonely: int
    singles: int
    discount: int
    distance: int
    front: Placement
    behind: Placement
    size: int


class Hall:
    """The seats of an event at one moment."""

    def __init__(self, rows: Sequence[RowOfSeats]) -> None:
        """`rows` are those of the seat map, in its order."""
        self._rows = list(rows_of(rows))
        self._prices = sorted({span.price for row in self._rows for span in row.spans})

    def plain(self, request: SeatsRequest) -> SeatsRequest:
        """Returns the request with a price of the hall as its maximum: all maxima up to the next price are the same."""
        if request.max_price is None:
            return request
        number = bisect_right(self._prices, request.max_price)
        return replace(request, max_price=self._prices[number - 1] if number else -1)

    def proposals(self, request: SeatsRequest) -> list[Proposal]:
        """Returns the best proposal first, then the next ones; none if no seats fit.

        No two have a seat in common, so that their takers do not meet. All have the price of the best one and leave no
        more seats alone. Those of one row are made one after the other: each is the best if those before it are taken.
        """
        prices = range(maxsize if request.max_price is None else request.max_price + 1)
        rows = [row for row in self._rows if request.section in (None, row.seats.section)]
        return self._adjacent(rows, request.count, prices) or self._divided(rows, request.count, prices)

    def _adjacent(self, rows: Sequence[Row], count: int, prices: range) -> list[Proposal]:
        fitting = [list(row.placements(free, count, prices)) for row in rows for free in row.free()]
        best = min((placement for each in fitting for placement in each), default=None)
        if best is None:
            return []
        prices = range(best.price, best.price + 1)
        of_price = ([placement for placement in each if placement.price in prices] for each in fitting)
        queue = [min(each) for each in of_price if each]
        heapify(queue)
        found: list[Proposal] = []
        while queue and len(found) < MOST_PROPOSALS:
            placement = heappop(queue)
            if placement.singles > best.singles:
                break
            found.append(self._proposal(placement, count))
            for rest in _without(placement, count):
                another = min(self._rows[placement.row].placements(rest, count, prices), default=None)
                if another is not None:
                    heappush(queue, another)
        return found

    def _divided(self, rows: Sequence[Row], count: int, prices: range) -> list[Proposal]:
        pairs = sorted(_pairs(rows, count, prices))
        found: list[Proposal] = []
        used: set[int] = set()
        for pair in pairs:
            own_rows = {pair.front.row, pair.behind.row}
            if pair[:3] != pairs[0][:3]:
                break
            if used & own_rows:
                continue
            used |= own_rows
            front = self._proposal(pair.front, pair.size)
            behind = self._proposal(pair.behind, count - pair.size)
            places, leaves_single = front.places + behind.places, pair.singles > 0
            found.append(Proposal(places, front.price, is_adjacent=False, leaves_single=leaves_single))
        return found[:MOST_PROPOSALS]

    def _proposal(self, placement: Placement, count: int) -> Proposal:
        places = self._rows[placement.row].places(placement.start, count)
        return Proposal(places, placement.price, is_adjacent=True, leaves_single=placement.singles > 0)


def spread(proposals: Sequence[Proposal], seed: str | None, *, over: int) -> Sequence[Proposal]:
    """Returns the proposals in the order for the caller with this seed, who begins with one of the `over` best ones.

    Of many seeds, equally many begin with each of these. Without a seed, the best proposal comes first.
    """
    if seed is None or not proposals:
        return proposals
    begin = int.from_bytes(blake2b(seed.encode(), digest_size=8).digest()) % min(over, len(proposals))
    return [*proposals[begin:], *proposals[:begin]]


def _without(placement: Placement, count: int) -> Iterator[range]:
    """Yields the free seats beside a placement."""
    if placement.free.start < placement.start:
        yield range(placement.free.start, placement.start)
    if placement.start + count < placement.free.stop:
        yield range(placement.start + count, placement.free.stop)


def _pairs(rows: Sequence[Row], count: int, prices: range) -> Iterator[_Pair]:
    """Yields the best seats in each two neighbouring rows, for each price and each division."""
    parts = [_best_parts(row, count, prices) for row in rows]
    for (front, in_front), (behind, at_back) in pairwise(zip(rows, parts, strict=True)):
        if front.seats.section != behind.seats.section:
            continue
        for (size, price), part in in_front.items():
            other = at_back.get((count - size, price))
            if other is not None:
                lonely = (size == 1) + (count - size == 1)
                singles, distance = part.singles + other.singles, part.distance + other.distance
                yield _Pair(lonely, singles, -price, distance, part, other, size)


def _best_parts(row: Row, count: int, prices: range) -> dict[tuple[int, int], Placement]:
    """Returns the best placement in a row for each number of seats below `count` and each price."""
    best: dict[tuple[int, int], Placement] = {}
    for size in range(1, count):
        for placement in row.all_placements(size, prices):
            key = size, placement.price
            best[key] = min(best.get(key, placement), placement)
    return best
