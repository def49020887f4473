"""The layout of a hall: the order in which its seats are drawn, and what the browser draws of it.

A layout changes only when staff change seats, so that one is made for many refreshes of the states.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter

from frontend.api.models import PlacedSeat, Seat, SeatMapContent, SeatMapSection
from frontend.wording.formatting import money, row_prefix

MOST_LAYOUTS = 16
_Natural = list[tuple[int, int, str]]
_Content = tuple[str, list[int], list[SeatMapSection]]
_CONTENT: TypeAdapter[_Content] = TypeAdapter(_Content)


@dataclass(frozen=True)
class DrawnRow:
    """A row of seats; its first seat has the index `start` in drawing order and `source` in the order of the map."""

    section: str
    row: str
    numbers: Sequence[int]
    prices: Sequence[int]
    source: int
    start: int = 0


class Layout:
    """All seats of an event in drawing order.

    `sections` is what the browser draws, `prices` has each price once, and `version` names the seats and their order,
    as the client service does.
    """

    def __init__(self, rows: Sequence[DrawnRow], currency: str, version: str) -> None:
        self._rows = rows
        self._starts = [row.start for row in rows]
        self.prices = sorted({price for row in rows for price in row.prices})
        self._row_of = {(row.section, row.row): row for row in rows}
        self.version = version
        self.sections = [
            _section(name, list(members), currency) for name, members in groupby(rows, key=lambda row: row.section)
        ]

    def __len__(self) -> int:
        return self._rows[-1].start + len(self._rows[-1].numbers) if self._rows else 0

    def in_drawing_order(self, states: str) -> str:
        """Returns the states of the map in the order in which the seats are drawn."""
        return "".join(states[row.source : row.source + len(row.numbers)] for row in self._rows)

    def seat(self, index: int) -> PlacedSeat | None:
        """Returns the seat at an index of the drawing order."""
        if not 0 <= index < len(self):
            return None
        row = self.row_at(index)
        at = index - row.start
        return PlacedSeat(section=row.section, row=row.row, number=str(row.numbers[at]), price=row.prices[at])

    def row_at(self, index: int) -> DrawnRow:
        """Returns the row that has the seat at an index of the drawing order."""
        return self._rows[bisect_right(self._starts, index) - 1]

    def index(self, section: str, row: str, number: int | str) -> int | None:
        """Returns the index of the seat at a place; None if there is none."""
        found = self._row_of.get((section, row))
        if found is None or not isinstance(number, int):
            return None
        at = bisect_left(found.numbers, number)
        return found.start + at if found.numbers[at : at + 1] == [number] else None


def layout_of(content: SeatMapContent, currency: str) -> Layout:
    """Returns the layout of a map; sections are sorted with the dearest first, then rows and numbers."""
    text = _CONTENT.dump_json((content.layout, content.prices, content.sections))
    return _layout(text, currency)


@lru_cache(maxsize=MOST_LAYOUTS)
def _layout(text: bytes, currency: str) -> Layout:
    version, prices, sections = _CONTENT.validate_json(text)
    rows, source = [], 0
    for section in sections:
        for each in section.rows:
            numbers = [number for first, last, _ in each.runs for number in range(first, last + 1)]
            own = [prices[price] for first, last, price in each.runs for _ in range(first, last + 1)]
            rows.append(DrawnRow(section.section, each.row, numbers, own, source))
            source += len(numbers)
    return Layout(_placed(_sorted(rows)), currency, version)


def _sorted(rows: list[DrawnRow]) -> list[DrawnRow]:
    dearest = _dearest((row.section, max(row.prices)) for row in rows)
    return sorted(rows, key=lambda row: _order(dearest, row.section, row.row))


def sorted_seats(seats: Collection[Seat]) -> list[Seat]:
    """Returns the seats in the order in which the map draws them."""
    dearest = _dearest((seat.section, seat.price) for seat in seats)
    return sorted(seats, key=lambda seat: (_order(dearest, seat.section, seat.row), natural(seat.number)))


def _dearest(prices: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Returns the highest price of each section."""
    dearest: dict[str, int] = {}
    for section, price in prices:
        dearest[section] = max(dearest.get(section, 0), price)
    return dearest


def _order(dearest: Mapping[str, int], section: str, row: str) -> tuple[int, _Natural, str, _Natural, str]:
    return -dearest[section], natural(section), section, natural(row), row


def _placed(rows: list[DrawnRow]) -> list[DrawnRow]:
    placed, start = [], 0
    for row in rows:
        placed.append(DrawnRow(row.section, row.row, row.numbers, row.prices, row.source, start))
        start += len(row.numbers)
    return placed


def natural(text: str) -> _Natural:
    """Returns a sort key that puts row 2 before row 10 and Z before AA."""
    parts = re.findall(r"\d+|\D+", text)
    return [(0, int(part), "") if part.isdecimal() else (len(part), 0, part) for part in parts]


def _section(name: str, members: list[DrawnRow], currency: str) -> dict[str, Any]:
    prices = {price for row in members for price in set(row.prices)}
    low, high = money(min(prices), currency), money(max(prices), currency)
    return {
        "name": name or "Seats",
        "price": low if low == high else f"{low} – {high}",
        "amount": min(prices),
        "rows": [_row(row, currency, has_own_prices=len(prices) > 1) for row in members],
    }


def _row(row: DrawnRow, currency: str, *, has_own_prices: bool) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "row": row.row,
        "numbers": [str(number) for number in row.numbers],
        "prefix": row_prefix(row.row),
        "source": row.source,
    }
    if has_own_prices:
        written = {price: money(price, currency) for price in set(row.prices)}
        drawn["prices"] = [written[price] for price in row.prices]
        drawn["amounts"] = list(row.prices)
    return drawn
