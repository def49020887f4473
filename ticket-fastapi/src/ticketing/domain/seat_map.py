"""The compact form of all seats of an event (contracts/README.md, Seat map).

Ids are left out: those of 50,000 seats alone take 1.8 MB. A seat is known by its section, row and number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ticketing.domain.seat import SeatStatus

SIGNS = {SeatStatus.OPEN: "o", SeatStatus.ON_GOING: "g", SeatStatus.BOOKED: "b"}
"""The character for each state; `db/sql/seat_map.sql` writes the same."""

Run = tuple[int, int, int]
"""The first and the last of consecutive numbers of seats, and their common price."""


@dataclass(frozen=True, slots=True)
class RowOfSeats:
    """The seats of one row by number; `states` has one character for each."""

    section: str
    row: str
    runs: Sequence[Run]
    states: str


def runs_of(numbers: Sequence[int], prices: Sequence[int]) -> Iterator[Run]:
    """Divides the seats of a row into runs; `numbers` grow, and `prices` has the price of each."""
    seats = list(zip(numbers, prices, strict=True))
    begun = 0
    for position in range(1, len(seats) + 1):
        (last, price), is_end = seats[position - 1], position == len(seats)
        if is_end or seats[position] != (last + 1, price):
            yield seats[begun][0], last, price
            begun = position


def compact(rows: Sequence[RowOfSeats]) -> dict[str, object]:
    """Returns the document of the map; `rows` are ordered by section. Its runs have the index of their price."""
    prices = sorted({price for row in rows for _, _, price in row.runs})
    index_of = {price: index for index, price in enumerate(prices)}
    return {
        "prices": prices,
        "sections": [
            {
                "section": section,
                "rows": [
                    {"row": row.row, "runs": [(first, last, index_of[price]) for first, last, price in row.runs]}
                    for row in members
                ],
            }
            for section, members in groupby(rows, key=lambda row: row.section)
        ],
        "states": "".join(row.states for row in rows),
    }
