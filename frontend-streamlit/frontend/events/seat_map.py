"""The seat map: turns seats into what the browser draws, and clicks into seats.

The browser gets the layout once, in a compact form, and then one character per seat with each refresh, so a hall of
thousands of seats takes a few kilobytes. A seat is named by its index in `SeatMap.seats`; `version` names that order.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from frontend.api.models import Seat, SeatStatus
from frontend.widgets.components import do_nothing, seat_map_component
from frontend.wording.formatting import money, row_prefix

MOST_SEATS = 10

OPEN, ON_GOING, BOOKED, MINE, QUEUED = "o", "g", "b", "m", "q"
_SIGNS = {SeatStatus.OPEN: OPEN, SeatStatus.ON_GOING: ON_GOING, SeatStatus.BOOKED: BOOKED}


@dataclass(frozen=True)
class SeatMap:
    """All seats of an event in drawing order, and how each looks to one viewer."""

    seats: tuple[Seat, ...]
    states: str
    sections: list[dict[str, Any]]
    version: str

    def for_viewer(self, *, own_seats: Collection[str], queued: Collection[str]) -> "SeatMap":
        """Returns the map with the viewer's own seats and those they queue for marked. Open seats stay open."""
        states = list(self.states)
        for marked, sign in ((queued, QUEUED), (own_seats, MINE)):
            for index in self.indexes(marked) if marked else []:
                if states[index] != OPEN:
                    states[index] = sign
        return replace(self, states="".join(states))

    def seat(self, index: int) -> Seat | None:
        """Returns the seat at an index of the drawing order."""
        return self.seats[index] if 0 <= index < len(self.seats) else None

    def still_open(self, seat_ids: Collection[str]) -> list[Seat]:
        """Returns those of the given seats that can still be chosen."""
        pairs = zip(self.seats, self.states, strict=True)
        return [seat for seat, state in pairs if state == OPEN and seat.id in seat_ids]

    def indexes(self, seat_ids: Collection[str]) -> list[int]:
        """Returns the indexes of the given seats in the drawing order."""
        return [index for index, seat in enumerate(self.seats) if seat.id in seat_ids]

    def named(self, value: object) -> list[Seat]:
        """Returns the seats that the browser has named; none if it named them on another version of the map."""
        if not isinstance(value, Mapping) or value.get("version") != self.version:
            return []
        indexes = [i for i in value.get("seats", []) if isinstance(i, int)]
        return [seat for seat in map(self.seat, indexes[:MOST_SEATS]) if seat is not None]

    def chosen(self, value: object) -> list[Seat]:
        """Returns those of the seats named by the browser that can still be chosen."""
        return self.still_open({seat.id for seat in self.named(value)})

    def wanted(self, value: object) -> Seat | None:
        """Returns the taken seat that the viewer clicked; None if the browser sent anything else."""
        if not isinstance(value, Mapping) or value.get("version") != self.version:
            return None
        index = value.get("seat")
        return self.seat(index) if isinstance(index, int) else None


def build_seat_map(seats: list[Seat], *, currency: str) -> SeatMap:
    """Sorts seats by section (dearest first), row and number."""
    dearest: dict[str, int] = {}
    for seat in seats:
        dearest[seat.section] = max(dearest.get(seat.section, 0), seat.price)
    ordered = sorted(
        seats, key=lambda s: (-dearest[s.section], natural(s.section), natural(s.row), natural(s.number), s.id)
    )
    layout = [
        _section(name, list(members), currency) for name, members in groupby(ordered, key=lambda seat: seat.section)
    ]
    states = "".join(_SIGNS[seat.status] for seat in ordered)
    return SeatMap(tuple(ordered), states, layout, _version(ordered))


def natural(text: str) -> list[tuple[int, int, str]]:
    """Returns a sort key that puts row 2 before row 10 and Z before AA."""
    parts = re.findall(r"\d+|\D+", text)
    return [(0, int(part), "") if part.isdecimal() else (len(part), 0, part) for part in parts]


def show_seat_map(seat_map: SeatMap, bar: Mapping[str, Any], *, key: str, selected: Collection[str]) -> None:
    """Draws the map with the bar of the choice below it.

    The browser answers under `key`: with its `selection`, its last `request` and the last `wanted` taken seat as long
    as the map is shown, and once with the booking to `go` to. It takes `selected` over when the bar's `revision`
    changes; in between, it keeps the selection itself.
    """
    data = {
        **bar,
        "version": seat_map.version,
        "sections": seat_map.sections,
        "states": seat_map.states,
        "selected": seat_map.indexes(selected),
        "most": MOST_SEATS,
    }
    seat_map_component(
        key=key,
        data=data,
        on_selection_change=do_nothing,
        on_request_change=do_nothing,
        on_wanted_change=do_nothing,
        on_go_change=do_nothing,
        on_look_change=do_nothing,
    )


def _section(name: str, members: list[Seat], currency: str) -> dict[str, Any]:
    prices = {seat.price for seat in members}
    low, high = money(min(prices), currency), money(max(prices), currency)
    return {
        "name": name or "Seats",
        "price": low if low == high else f"{low} – {high}",
        "amount": min(prices),
        "rows": [
            _row(row, list(seats), currency, has_own_prices=len(prices) > 1)
            for row, seats in groupby(members, key=lambda seat: seat.row)
        ],
    }


def _row(row: str, seats: list[Seat], currency: str, *, has_own_prices: bool) -> dict[str, Any]:
    drawn: dict[str, Any] = {"row": row, "numbers": [seat.number for seat in seats], "prefix": row_prefix(row)}
    if has_own_prices:
        drawn["prices"] = [money(seat.price, currency) for seat in seats]
        drawn["amounts"] = [seat.price for seat in seats]
    return drawn


def _version(seats: list[Seat]) -> str:
    digest = hashlib.sha256()
    for seat in seats:
        digest.update(f"{seat.id}/{seat.section}/{seat.row}/{seat.number}/{seat.price};".encode())
    return digest.hexdigest()[:16]
