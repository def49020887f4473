"""The seat map: how seats become what the browser draws, and how clicks become seats again.

The browser gets the layout once in a compact form and then one character per seat and refresh, so a hall of thousands
of seats stays a few kilobytes. Seats are named by their place in `SeatMap.seats`; `version` names that order.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from frontend.api.models import Seat, SeatStatus
from frontend.widgets.components import nothing, seat_map_component
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

    def for_viewer(self, *, mine: Collection[str], queued: Collection[str]) -> "SeatMap":
        """The same map with the viewer's own seats, and those they queue for, marked; open seats stay open to all."""
        states = list(self.states)
        for marked, sign in ((queued, QUEUED), (mine, MINE)):
            for index in self.indexes(marked) if marked else []:
                if states[index] != OPEN:
                    states[index] = sign
        return replace(self, states="".join(states))

    def seat(self, index: int) -> Seat | None:
        """The seat at a place in the drawing order."""
        return self.seats[index] if 0 <= index < len(self.seats) else None

    def still_open(self, seat_ids: Collection[str]) -> list[Seat]:
        """Those of the given seats that one can still choose."""
        pairs = zip(self.seats, self.states, strict=True)
        return [seat for seat, state in pairs if state == OPEN and seat.id in seat_ids]

    def indexes(self, seat_ids: Collection[str]) -> list[int]:
        """Places of the given seats in the drawing order."""
        return [index for index, seat in enumerate(self.seats) if seat.id in seat_ids]

    def named(self, value: object) -> list[Seat]:
        """The seats that the browser has named; nothing when it did so on another version of the map."""
        if not isinstance(value, Mapping) or value.get("version") != self.version:
            return []
        indexes = [i for i in value.get("seats", []) if isinstance(i, int)]
        return [seat for seat in map(self.seat, indexes[:MOST_SEATS]) if seat is not None]

    def chosen(self, value: object) -> list[Seat]:
        """Those of the seats that the browser has named that one can still choose."""
        return self.still_open({seat.id for seat in self.named(value)})

    def wanted(self, value: object) -> Seat | None:
        """The taken seat that the viewer clicked, if that is what the browser sent."""
        if not isinstance(value, Mapping) or value.get("version") != self.version:
            return None
        index = value.get("seat")
        return self.seat(index) if isinstance(index, int) else None


def build_seat_map(seats: list[Seat], *, currency: str) -> SeatMap:
    """Arrange seats by section (dearest first), row and number."""
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
    """A sort key that puts row 2 before row 10 and Z before AA."""
    parts = re.findall(r"\d+|\D+", text)
    return [(0, int(part), "") if part.isdecimal() else (len(part), 0, part) for part in parts]


def show_seat_map(seat_map: SeatMap, bar: Mapping[str, Any], *, key: str, selected: Collection[str]) -> None:
    """Draw the map with the bar of the choice below it.

    The browser answers under `key`: with its `selection`, its last `request` and the taken seat that was `wanted` last
    as long as the map is shown, and once with the booking to `go` to. `selected` is applied when the bar's `revision`
    changes; between, the browser keeps the selection itself.
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
        on_selection_change=nothing,
        on_request_change=nothing,
        on_wanted_change=nothing,
        on_go_change=nothing,
        on_look_change=nothing,
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
