"""The seats of an event: where they are and what they cost. `seat.py` is about which booking has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import ascii_uppercase
from uuid import UUID

from servicekit.errors import DomainError, NotFoundError
from servicekit.text import look_alike_key

from ticketing.domain.seat import SeatStatus

Place = tuple[str, str, int]
"""The section, row and number of a seat."""


class SeatNotFoundError(NotFoundError):
    """The event has no seat with this id."""


class SeatExistsError(DomainError):
    """The event has a seat with this section, row and number already."""


class SeatInUseError(DomainError):
    """A booking or a waitlist entry names the seat."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat as stored; `price` is in minor units of the event's currency.

    `version` grows when staff change place or price, not when the seat is sold.
    """

    id: UUID
    section: str
    row: str
    number: int
    price: int
    status: SeatStatus
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewSeat:
    """A seat to create, with its price in minor units of the event's currency."""

    section: str
    row: str
    number: int
    price: int

    @property
    def place(self) -> tuple[str, int]:
        """The key that is unique within an event."""
        return place_key(self.section, self.row), self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChange:
    """The new values of a seat; None leaves a field as it is."""

    section: str | None = None
    row: str | None = None
    number: int | None = None
    price: int | None = None


def place_key(section: str, row: str) -> str:
    """Returns a key that is equal for sections and rows which look alike (contracts/text.json, `look_alike`)."""
    return f"{look_alike_key(section)}\n{look_alike_key(row)}"


def seat_label(section: str, row: str, number: int) -> str:
    """Returns the text for a seat, such as `Balkon, row A, seat 7` (contracts/seats.json).

    The words distinguish row 1 seat 11 from row 11 seat 1.
    """
    return f"{section}, row {row}, seat {number}"


def row_labels(count: int) -> Iterator[str]:
    """Yields row labels as in theatres: A to Z, then AA, AB, …"""
    for index in range(count):
        label, rest = "", index + 1
        while rest:
            rest, letter = divmod(rest - 1, len(ascii_uppercase))
            label = ascii_uppercase[letter] + label
        yield label


def lay_out(*, section: str, rows: int | Sequence[str], seats_per_row: int, price: int) -> list[NewSeat]:
    """Returns the seats of a section: `rows` is a number or labels; each row has seats 1 to `seats_per_row`."""
    labels = row_labels(rows) if isinstance(rows, int) else rows
    return [NewSeat(section, label, number, price) for label in labels for number in range(1, seats_per_row + 1)]


def first_repeated(seats: Sequence[NewSeat]) -> int | None:
    """Returns the index of the first seat at the place of an earlier one; None if all places differ."""
    seen: set[tuple[str, int]] = set()
    for index, seat in enumerate(seats):
        if seat.place in seen:
            return index
        seen.add(seat.place)
    return None
