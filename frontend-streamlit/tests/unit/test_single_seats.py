"""Seats that a choice leaves alone are found, and a choice moves no further than it has to."""

import json
from pathlib import Path
from typing import Any

import pytest

from frontend.api.models import PlacedSeat, SeatMapContent
from frontend.events.seat_map import SeatMap, seat_map_of
from frontend.events.single_seats import left_alone, moved, single_seats

CONTRACT = Path(__file__).parents[3] / "contracts/single_seats.json"
VECTORS: list[dict[str, Any]] = json.loads(CONTRACT.read_text(encoding="utf-8"))["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["why"])
def test_seats_are_left_alone_as_the_contract_says(vector: dict[str, Any]) -> None:
    assert left_alone(vector["states"], vector["chosen"]) == vector["left_alone"]


def test_a_choice_with_a_gap_leaves_the_seat_in_the_gap_alone() -> None:
    assert left_alone("oooooo", [0, 2]) == [1]
    assert left_alone("oogooo", [0, 3]) == [1]


def map_of(*states: str, prices: tuple[int, ...] = ()) -> SeatMap:
    """Returns a map of one section with the rows A, B, …; `prices` are those of each row's seats by position."""
    used = sorted(set(prices)) or [5]
    rows = [
        {"row": name, "runs": [(at + 1, at + 1, used.index(prices[at]) if prices else 0) for at in range(len(row))]}
        for name, row in zip("ABC", states, strict=False)
    ]
    content = {
        "layout": "0" * 16,
        "prices": used,
        "sections": [{"section": "S", "rows": rows}],
        "states": "".join(states),
    }
    return seat_map_of(SeatMapContent.model_validate(content), currency="IDR")


def places(*names: str) -> list[str]:
    return [PlacedSeat(section="S", row=name[0], number=name[1:]).place for name in names]


def test_seats_of_every_row_are_looked_at() -> None:
    seat_map = map_of("ooob", "boooo")
    alone = single_seats(seat_map, places("A1", "A2", "B3", "B4", "B5"))
    assert [seat.place for seat in alone] == places("A3", "B2")
    assert single_seats(seat_map, places("A1", "A2", "A3")) == []
    assert single_seats(seat_map, []) == []


@pytest.mark.parametrize(
    ("states", "chosen", "better"),
    [
        ("oooooob", "A2 A3", "A1 A2"),
        ("boooooo", "A5 A6", "A4 A5"),
        ("ooobooo", "A1 A2 A5 A6 A7", None),
        ("ooo", "A1 A2", None),
        ("ooooobo", "A2 A3 A4", "A1 A2 A3"),
        ("oooooooo", "A2 A7", "A1 A6"),
        ("oooooo", "A1 A3", "A3 A4"),
        ("oooo", "A1 A2", "A1 A2"),
    ],
)
def test_a_choice_moves_to_the_nearest_seats_that_leave_none_alone(
    states: str, chosen: str, better: str | None
) -> None:
    assert moved(map_of(states), places(*chosen.split())) == (None if better is None else places(*better.split()))


def test_a_choice_does_not_move_to_seats_at_another_price() -> None:
    assert moved(map_of("oooob", prices=(9, 5, 5, 5, 5)), places("A2", "A3")) == places("A3", "A4")
    assert moved(map_of("oob", prices=(9, 5, 5)), places("A2")) is None


def test_rows_in_which_nothing_is_left_alone_stay_as_they_are() -> None:
    seat_map = map_of("ooooo", "oooo")
    assert moved(seat_map, places("A2", "A3", "B1", "B2")) == places("A1", "A2", "B1", "B2")
