"""The seat map: turns the client service's map into what the browser draws, and clicks into seats.

The browser gets the layout once, in a compact form, and one character per seat; what changes later, the client service
sends it (docs/adr/0038), without a run of the page's script. A seat is named by its index in drawing order; `version`
names that order. Elsewhere it is named by its place (`PlacedSeat.place`), since the map has no ids.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from frontend.api.models import PlacedSeat, SeatMapContent
from frontend.events.seat_layout import Layout, layout_of
from frontend.widgets.components import do_nothing, seat_map_component

MOST_SEATS = 10

OPEN = "o"
"""The state of a seat that can be chosen (`SeatMapContent`)."""


@dataclass(frozen=True)
class SeatMap:
    """All seats of an event in drawing order, and the state of each."""

    layout: Layout
    states: str

    @property
    def version(self) -> str:
        """Returns the name of the order of the seats."""
        return self.layout.version

    @property
    def sections(self) -> list[dict[str, Any]]:
        """Returns what the browser draws of the layout."""
        return self.layout.sections

    def seat(self, index: int) -> PlacedSeat | None:
        """Returns the seat at an index of the drawing order."""
        return self.layout.seat(index)

    def still_open(self, places: Collection[str]) -> list[PlacedSeat]:
        """Returns those of the seats at these places that can still be chosen, in drawing order."""
        found = (self.seat(index) for index in self.indexes(places) if self.states[index] == OPEN)
        return [seat for seat in found if seat is not None]

    def indexes(self, places: Collection[str]) -> list[int]:
        """Returns the indexes of the seats at these places, in drawing order."""
        found = (self.layout.index(*json.loads(place)) for place in places)
        return sorted(index for index in found if index is not None)

    def named(self, value: object) -> list[PlacedSeat]:
        """Returns the seats that the browser has named; none if it named them on another version of the map."""
        if not isinstance(value, Mapping) or value.get("version") != self.version:
            return []
        indexes = [i for i in value.get("seats", []) if isinstance(i, int)]
        return [seat for seat in map(self.seat, indexes[:MOST_SEATS]) if seat is not None]

    def chosen(self, value: object) -> list[PlacedSeat]:
        """Returns those of the seats named by the browser that can still be chosen."""
        return self.still_open({seat.place for seat in self.named(value)})

    def wanted(self, value: object) -> PlacedSeat | None:
        """Returns the taken seat that the viewer clicked; None if the browser sent anything else."""
        if not isinstance(value, Mapping) or value.get("version") != self.version:
            return None
        index = value.get("seat")
        return self.seat(index) if isinstance(index, int) else None


def seat_map_of(content: SeatMapContent, *, currency: str) -> SeatMap:
    """Returns the map as it is drawn."""
    layout = layout_of(content, currency)
    return SeatMap(layout, layout.in_drawing_order(content.states))


def show_seat_map(
    seat_map: SeatMap,
    bar: Mapping[str, Any],
    *,
    key: str,
    changes_url: str,
    selected: Collection[str],
    mine: Collection[str],
    queued: Collection[str],
) -> None:
    """Draws the map with the bar of the choice below it. The places are those that the viewer has chosen, has, and
    waits for. From `changes_url` the browser gets the states of seats that change later.

    The browser answers under `key`: with its `selection`, its last `request`, the last `wanted` taken seat and the last
    `move` of the choice as long as the map is shown, and once with the booking to `go` to. It takes `selected` over
    when the bar's `revision` changes; in between, it keeps the selection itself.
    """
    data = {
        **bar,
        "version": seat_map.version,
        "sections": seat_map.sections,
        "states": seat_map.states,
        "selected": seat_map.indexes(selected),
        "mine": seat_map.indexes(mine),
        "queued": seat_map.indexes(queued),
        "changes": changes_url,
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
        on_move_change=do_nothing,
    )
