"""The model of the seat map."""

import json
import random

import pytest

from frontend.api.models import Seat, SeatStatus
from frontend.events.seat_map import MOST_SEATS, build_seat_map, natural


def seats(section: str = "Stalls", rows: str = "AB", numbers: int = 3, price: int = 100) -> list[Seat]:
    return [
        Seat(id=f"{section}-{row}-{number}", section=section, row=row, number=number, price=price)
        for row in rows
        for number in range(1, numbers + 1)
    ]


def take(seat: Seat, status: SeatStatus) -> Seat:
    return seat.model_copy(update={"status": status})


def test_the_dearest_section_comes_first_then_rows_and_numbers_in_natural_order() -> None:
    mixed = seats("Balcony", price=50) + seats("Stalls", rows=("2", "10", "1"), numbers=11, price=100)  # type: ignore[arg-type]
    random.Random(3).shuffle(mixed)
    drawn = build_seat_map(mixed, currency="IDR")
    assert [section["name"] for section in drawn.sections] == ["Stalls", "Balcony"]
    assert [row["row"] for row in drawn.sections[0]["rows"]] == ["1", "2", "10"]
    assert drawn.sections[0]["rows"][0]["numbers"] == [str(number) for number in range(1, 12)]


def test_row_z_comes_before_row_aa() -> None:
    assert sorted(["AA", "B", "Z", "A"], key=natural) == ["A", "B", "Z", "AA"]


def test_any_row_has_a_place_in_the_order() -> None:
    assert sorted(["²", "10", "２", "1"], key=natural)[0] == "1"


def test_every_state_has_a_sign_of_its_own() -> None:
    a, b, c, *_ = seats()
    drawn = build_seat_map([a, take(b, SeatStatus.ON_GOING), take(c, SeatStatus.BOOKED)], currency="IDR")
    assert drawn.states == "ogb"
    assert drawn.for_viewer(own_seats={b.id}, queued={c.id}).states == "omq"


def test_an_open_seat_stays_open_to_somebody_whose_booking_of_it_has_ended() -> None:
    drawn = build_seat_map(seats(), currency="IDR")
    assert drawn.for_viewer(own_seats={"Stalls-A-1"}, queued={"Stalls-A-2"}).states == "oooooo"


def test_a_selection_comes_back_as_the_seats_that_were_clicked() -> None:
    drawn = build_seat_map(seats(), currency="IDR")
    chosen = drawn.chosen({"version": drawn.version, "seats": [0, 4]})
    assert [seat.id for seat in chosen] == ["Stalls-A-1", "Stalls-B-2"]


@pytest.mark.parametrize(
    "value",
    [None, 5, [], {}, {"version": "old", "seats": [0]}, {"seats": [0]}, {"version": "", "seats": ["x"]}],
)
def test_a_selection_of_another_map_or_of_nonsense_is_no_selection(value: object) -> None:
    assert build_seat_map(seats(), currency="IDR").chosen(value) == []


def test_seats_outside_the_map_taken_seats_and_an_eleventh_seat_are_not_chosen() -> None:
    many = seats(rows="ABCDE", numbers=4)
    many[0] = take(many[0], SeatStatus.BOOKED)
    drawn = build_seat_map(many, currency="IDR")
    assert drawn.chosen({"version": drawn.version, "seats": [0, -1, 999]}) == []
    assert len(drawn.chosen({"version": drawn.version, "seats": list(range(1, 20))})) == MOST_SEATS


def test_the_wanted_seat_is_the_one_that_was_clicked() -> None:
    drawn = build_seat_map(seats(), currency="IDR")
    wanted = drawn.wanted({"version": drawn.version, "seat": 1})
    assert wanted is not None
    assert wanted.id == "Stalls-A-2"
    assert drawn.wanted({"version": "old", "seat": 1}) is None
    assert drawn.wanted({"version": drawn.version, "seat": "1"}) is None


def test_the_version_changes_with_the_layout_and_not_with_the_states() -> None:
    plain = seats()
    taken = [take(plain[0], SeatStatus.BOOKED), *plain[1:]]
    assert build_seat_map(plain, currency="IDR").version == build_seat_map(taken, currency="IDR").version
    assert build_seat_map(plain, currency="IDR").version != build_seat_map(plain[1:], currency="IDR").version


def test_a_hall_of_thousands_of_seats_is_sent_in_a_few_kilobytes() -> None:
    hall = seats("Stalls", rows=tuple(str(row) for row in range(60)), numbers=50)  # type: ignore[arg-type]
    drawn = build_seat_map(hall, currency="IDR")
    assert len(hall) == 3000
    assert len(json.dumps([drawn.sections, drawn.states])) < 32_000


def test_a_row_of_several_prices_says_each_of_them() -> None:
    a, b, *_ = seats(numbers=2)
    drawn = build_seat_map([a, b.model_copy(update={"price": 200})], currency="IDR")
    assert drawn.sections[0]["price"] == "Rp100 – Rp200"
    assert drawn.sections[0]["rows"][0]["prices"] == ["Rp100", "Rp200"]
