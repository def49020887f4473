"""The model of the seat map."""

import json
import random
from collections.abc import Sequence
from hashlib import sha256
from itertools import groupby

import pytest
from pydantic import ValidationError

from frontend.api.models import Seat, SeatMapContent, SeatStatus
from frontend.events.seat_layout import natural
from frontend.events.seat_map import MOST_SEATS, SeatMap, seat_map_of

SIGNS = {SeatStatus.OPEN: "o", SeatStatus.ON_GOING: "g", SeatStatus.BOOKED: "b"}


def seats(section: str = "Stalls", rows: Sequence[str] = "AB", numbers: int = 3, price: int = 100) -> list[Seat]:
    return [
        Seat(id=f"{section}-{row}-{number}", section=section, row=row, number=str(number), price=price)
        for row in rows
        for number in range(1, numbers + 1)
    ]


def take(seat: Seat, status: SeatStatus) -> Seat:
    return seat.model_copy(update={"status": status})


def content_of(given: list[Seat]) -> SeatMapContent:
    """Returns the map as the client service sends it: by section, row and number."""
    ordered = sorted(given, key=lambda seat: (seat.section, len(seat.row), seat.row, int(seat.number)))
    prices = sorted({seat.price for seat in given})
    sections = [
        {
            "section": section,
            "rows": [
                {"row": row, "runs": [(int(s.number), int(s.number), prices.index(s.price)) for s in members]}
                for row, members in groupby(each, key=lambda seat: seat.row)
            ],
        }
        for section, each in groupby(ordered, key=lambda seat: seat.section)
    ]
    states = "".join(SIGNS[seat.status] for seat in ordered)
    layout = sha256(repr((prices, sections)).encode()).hexdigest()[:16]
    return SeatMapContent.model_validate({"layout": layout, "prices": prices, "sections": sections, "states": states})


def drawn_of(given: list[Seat]) -> SeatMap:
    return seat_map_of(content_of(given), currency="IDR")


def test_the_dearest_section_comes_first_then_rows_and_numbers_in_natural_order() -> None:
    mixed = seats("Balcony", price=50) + seats("Stalls", rows=("2", "10", "1"), numbers=11, price=100)
    random.Random(3).shuffle(mixed)
    drawn = drawn_of(mixed)
    assert [section["name"] for section in drawn.sections] == ["Stalls", "Balcony"]
    assert [row["row"] for row in drawn.sections[0]["rows"]] == ["1", "2", "10"]
    assert drawn.sections[0]["rows"][0]["numbers"] == [str(number) for number in range(1, 12)]


def test_row_z_comes_before_row_aa() -> None:
    assert sorted(["AA", "B", "Z", "A"], key=natural) == ["A", "B", "Z", "AA"]


def test_any_row_has_a_place_in_the_order() -> None:
    assert sorted(["²", "10", "２", "1"], key=natural)[0] == "1"


def test_every_state_has_a_sign_of_its_own() -> None:
    a, b, c, *_ = seats()
    drawn = drawn_of([a, take(b, SeatStatus.ON_GOING), take(c, SeatStatus.BOOKED)])
    assert drawn.states == "ogb"


def test_a_selection_comes_back_as_the_seats_that_were_clicked() -> None:
    drawn = drawn_of(seats())
    chosen = drawn.chosen({"version": drawn.version, "seats": [0, 4]})
    assert [seat.place for seat in chosen] == ['["Stalls","A",1]', '["Stalls","B",2]']


@pytest.mark.parametrize(
    "value",
    [None, 5, [], {}, {"version": "old", "seats": [0]}, {"seats": [0]}, {"version": "", "seats": ["x"]}],
)
def test_a_selection_of_another_map_or_of_nonsense_is_no_selection(value: object) -> None:
    assert drawn_of(seats()).chosen(value) == []


def test_seats_outside_the_map_taken_seats_and_an_eleventh_seat_are_not_chosen() -> None:
    many = seats(rows="ABCDE", numbers=4)
    many[0] = take(many[0], SeatStatus.BOOKED)
    drawn = drawn_of(many)
    assert drawn.chosen({"version": drawn.version, "seats": [0, -1, 999]}) == []
    assert len(drawn.chosen({"version": drawn.version, "seats": list(range(1, 20))})) == MOST_SEATS


def test_the_wanted_seat_is_the_one_that_was_clicked() -> None:
    drawn = drawn_of(seats())
    wanted = drawn.wanted({"version": drawn.version, "seat": 1})
    assert wanted is not None
    assert wanted.place == '["Stalls","A",2]'
    assert drawn.wanted({"version": "old", "seat": 1}) is None
    assert drawn.wanted({"version": drawn.version, "seat": "1"}) is None


def test_each_seat_is_found_by_its_index_and_by_its_place() -> None:
    hall = [seat for seat in seats(rows="AB", numbers=9) + seats("Balcony", price=50) if seat.number != "4"]
    random.Random(5).shuffle(hall)
    drawn = drawn_of([take(seat, SeatStatus.BOOKED) if seat.row == "B" else seat for seat in hall])
    found = [drawn.seat(index) for index in range(len(drawn.states))]
    assert [seat.place for seat in found if seat] == sorted(
        (seat.place for seat in hall), key=lambda place: (place[2] != "S", place)
    )
    for index, seat in enumerate(found):
        assert seat is not None
        assert drawn.indexes([seat.place]) == [index]
        assert drawn.states[index] == ("b" if seat.row == "B" else "o")
        assert seat.price == (50 if seat.section == "Balcony" else 100)
    assert drawn.indexes(['["Stalls","A",4]', '["Stalls","A",99]', '["Stalls","A","1"]', '["","",1]']) == []
    assert (drawn.seat(-1), drawn.seat(len(found))) == (None, None)


def test_a_hall_without_seats_is_an_empty_map() -> None:
    drawn = drawn_of([])
    assert (drawn.states, drawn.sections, drawn.seat(0)) == ("", [], None)


@pytest.mark.parametrize(
    ("runs", "states"),
    [
        ([], ""),
        ([(1, 2, 0)], "o"),
        ([(1, 2, 0)], "ooo"),
        ([(2, 1, 0)], ""),
        ([(1, 1, 1)], "o"),
        ([(1, 1, -1)], "o"),
        ([(1, 1, 0)], "x"),
        ([(1, 10**12, 0)], "o"),
    ],
)
def test_a_map_that_does_not_fit_together_is_refused_before_it_is_expanded(
    runs: list[tuple[int, int, int]], states: str
) -> None:
    rows = [{"row": "A", "runs": runs}]
    with pytest.raises(ValidationError):
        SeatMapContent.model_validate(
            {"layout": "a", "prices": [5], "sections": [{"section": "S", "rows": rows}], "states": states}
        )


def test_the_layout_is_made_once_for_many_states() -> None:
    plain = seats()
    taken = [take(plain[0], SeatStatus.BOOKED), *plain[1:]]
    assert drawn_of(plain).layout is drawn_of(taken).layout


def test_the_version_changes_with_the_layout_and_not_with_the_states() -> None:
    plain = seats()
    taken = [take(plain[0], SeatStatus.BOOKED), *plain[1:]]
    assert drawn_of(plain).version == drawn_of(taken).version
    assert drawn_of(plain).version != drawn_of(plain[1:]).version


def test_a_hall_of_thousands_of_seats_is_sent_in_a_few_kilobytes() -> None:
    hall = seats("Stalls", rows=tuple(str(row) for row in range(60)), numbers=50)
    drawn = drawn_of(hall)
    assert len(hall) == 3000
    assert len(json.dumps([drawn.sections, drawn.states])) < 32_000


def test_a_row_of_several_prices_says_each_of_them() -> None:
    a, b, *_ = seats(numbers=2)
    drawn = drawn_of([a, b.model_copy(update={"price": 200})])
    assert drawn.sections[0]["price"] == "Rp100 – Rp200"
    assert drawn.sections[0]["rows"][0]["prices"] == ["Rp100", "Rp200"]
