"""Proposals of seats are what a search through all possible choices finds, whatever is free in the hall."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.length import IS_LONG
from ticketing.domain.best_seats import MOST_PROPOSALS, Hall, Proposal, SeatsRequest, spread
from ticketing.domain.placements import left_alone
from ticketing.domain.seat_map import RowOfSeats, runs_of
from ticketing.domain.seat_plan import Place

VECTORS = json.loads((Path(__file__).parents[3] / "contracts/single_seats.json").read_text(encoding="utf-8"))["vectors"]
EXAMPLES = settings(max_examples=2000 if IS_LONG else 300, deadline=None, derandomize=not IS_LONG, database=None)


@dataclass(frozen=True)
class Choice:
    """Adjacent free seats of one price, by their positions in the row with index `row`."""

    row: int
    positions: range
    price: int
    singles: int
    distance: int


@dataclass(frozen=True)
class SmallHall:
    """A hall of which every choice is looked at; it shares no code with the function under test."""

    rows: list[RowOfSeats]

    def numbers(self, row: RowOfSeats) -> list[int]:
        return [number for first, last, _ in row.runs for number in range(first, last + 1)]

    def prices(self, row: RowOfSeats) -> list[int]:
        return [price for first, last, price in row.runs for _ in range(first, last + 1)]

    def choices(self, count: int, request: SeatsRequest) -> Iterator[Choice]:
        for index, row in enumerate(self.rows):
            for start in range(len(row.states) - count + 1):
                positions = range(start, start + count)
                prices = {self.prices(row)[position] for position in positions}
                if row.states[start : start + count] != "o" * count or len(prices) > 1:
                    continue
                (price,) = prices
                is_wanted = request.max_price is None or price <= request.max_price
                if is_wanted and request.section in (None, row.section):
                    yield Choice(index, positions, price, self.singles(row, positions), self.distance(index, positions))

    def singles(self, row: RowOfSeats, positions: range) -> int:
        """Counts seats without a free neighbour before and after."""
        before = row.states
        after = "".join("b" if position in positions else sign for position, sign in enumerate(before))
        return sum(is_single(after, at) and not is_single(before, at) for at in range(len(before)))

    def distance(self, index: int, positions: range) -> int:
        row = self.rows[index]
        in_front = sum(other.section == row.section for other in self.rows[:index])
        return abs(positions.start + positions.stop - len(row.states)) + 4 * in_front

    def pairs(self, request: SeatsRequest) -> Iterator[tuple[Choice, Choice]]:
        for size in range(1, request.count):
            behind = list(self.choices(request.count - size, request))
            for front in self.choices(size, request):
                for other in behind:
                    is_next = other.row == front.row + 1
                    is_one_section = is_next and self.rows[front.row].section == self.rows[other.row].section
                    if is_one_section and other.price == front.price:
                        yield front, other

    def places(self, *choices: Choice) -> tuple[Place, ...]:
        rows = [(self.rows[choice.row], choice.positions) for choice in choices]
        return tuple((row.section, row.row, self.numbers(row)[at]) for row, positions in rows for at in positions)


def is_single(states: str, at: int) -> bool:
    return states[at] == "o" and "o" not in (states[at - 1 : at] + states[at + 1 : at + 2])


@st.composite
def small_halls(draw: st.DrawFn) -> SmallHall:
    rows = []
    all_prices = draw(st.sampled_from([[5], [5, 7]]))
    for section in "ST"[: draw(st.integers(1, 2))]:
        for label in "ABC"[: draw(st.integers(1, 3))]:
            states = draw(st.text("ogb", min_size=1, max_size=9) | st.text("ooob", min_size=1, max_size=9))
            gaps = draw(st.lists(st.sampled_from([1, 1, 1, 3]), min_size=len(states), max_size=len(states)))
            prices = draw(st.lists(st.sampled_from(all_prices), min_size=len(states), max_size=len(states)))
            numbers = [sum(gaps[: at + 1]) for at in range(len(states))]
            rows.append(RowOfSeats(section, label, tuple(runs_of(numbers, prices)), states))
    return SmallHall(rows)


requests = st.builds(
    SeatsRequest,
    st.integers(1, 6),
    st.none() | st.sampled_from([4, 5, 6, 7, 100]),
    st.none() | st.sampled_from(["S", "T", "elsewhere"]),
)


@EXAMPLES
@given(small_halls(), requests)
def test_the_first_proposal_is_the_best_of_all_choices(hall: SmallHall, request: SeatsRequest) -> None:
    adjacent = [
        ((choice.singles, -choice.price, choice.distance, choice.row, choice.positions.start), (choice,))
        for choice in hall.choices(request.count, request)
    ]
    divided = [
        (
            (
                [len(front.positions), len(behind.positions)].count(1),
                front.singles + behind.singles,
                -front.price,
                front.distance + behind.distance,
            ),
            (front, behind),
        )
        for front, behind in hall.pairs(request)
    ]
    found = Hall(hall.rows).proposals(request)
    if adjacent:
        _, best = min(adjacent)
        expected = Proposal(hall.places(*best), best[0].price, is_adjacent=True, leaves_single=best[0].singles > 0)
        assert found[0] == expected
    elif divided:
        rank = min(rank for rank, _ in divided)
        equal = [pair for other, pair in divided if other == rank]
        assert (found[0].is_adjacent, found[0].leaves_single) == (False, rank[1] > 0)
        assert found[0].places in [hall.places(*pair) for pair in equal]
    else:
        assert found == []


@EXAMPLES
@given(small_halls(), requests)
def test_all_proposals_can_be_taken_together_and_are_of_the_kind_of_the_first(
    hall: SmallHall, request: SeatsRequest
) -> None:
    found = Hall(hall.rows).proposals(request)
    taken = [place for proposal in found for place in proposal.places]
    assert max(Counter(taken).values(), default=1) == 1
    assert len({(proposal.price, proposal.is_adjacent) for proposal in found}) <= 1
    assert all(proposal.leaves_single <= found[0].leaves_single for proposal in found)
    assert all(len(proposal.places) == request.count for proposal in found)
    free = {
        (row.section, row.row, number): price
        for row in hall.rows
        for number, price, sign in zip(hall.numbers(row), hall.prices(row), row.states, strict=True)
        if sign == "o"
    }
    assert {free.get(place) for place in taken} <= {proposal.price for proposal in found}
    assert all(request.max_price is None or proposal.price <= request.max_price for proposal in found)
    assert all(request.section in (None, section) for section, _, _ in taken)


@EXAMPLES
@given(small_halls(), requests)
def test_proposals_leave_nobody_alone_even_if_those_before_them_are_taken(
    hall: SmallHall, request: SeatsRequest
) -> None:
    rows = {(row.section, row.row): row for row in hall.rows}
    states = {key: row.states for key, row in rows.items()}
    for proposal in Hall(hall.rows).proposals(request):
        if not proposal.is_adjacent:
            continue
        (key,) = {(section, row) for section, row, _ in proposal.places}
        positions = [hall.numbers(rows[key]).index(number) for *_, number in proposal.places]
        assert all(second == first + 1 for first, second in pairwise(positions))
        before = states[key]
        after = "".join("b" if at in positions else sign for at, sign in enumerate(before))
        new = [at for at in range(len(after)) if is_single(after, at) and not is_single(before, at)]
        assert bool(new) == proposal.leaves_single
        states[key] = after


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["why"])
def test_seats_are_left_alone_as_the_contract_says(vector: dict[str, Any]) -> None:
    states, chosen = vector["states"], range(vector["chosen"][0], vector["chosen"][-1] + 1)
    assert list(chosen) == vector["chosen"]
    begin = len(states[: chosen.start].rstrip("o"))
    end = len(states) - len(states[chosen.stop :].lstrip("o"))
    assert left_alone(range(begin, end), chosen) == vector["left_alone"]


def hall_of(*states: str) -> Hall:
    rows = zip("ABCDEF", states, strict=False)
    return Hall([RowOfSeats("S", name, ((1, len(row), 5),), row) for name, row in rows])


def numbers_of(proposals: Sequence[Proposal]) -> list[str]:
    return [" ".join(f"{row}{number}" for _, row, number in proposal.places) for proposal in proposals]


def test_the_centre_and_the_front_come_first() -> None:
    found = hall_of("oooooooo", "oooooooo").proposals(SeatsRequest(2))
    # Beside A4 and A5, three seats stay free on each side, and two of three would leave one alone.
    assert numbers_of(found) == ["A4 A5", "B4 B5"]


def test_a_place_further_from_the_centre_is_better_than_one_that_leaves_a_seat_alone() -> None:
    assert numbers_of(hall_of("bbooobb", "bbbbbbb", "oobbbbb").proposals(SeatsRequest(2))) == ["C1 C2"]


def test_what_does_not_fit_into_one_row_is_divided_between_two_neighbours() -> None:
    assert numbers_of(hall_of("ooob", "boob", "oooo").proposals(SeatsRequest(5))) == ["A1 A2 A3 B2 B3"]
    assert hall_of("ooob", "bbbb", "oooo").proposals(SeatsRequest(5)) == []


def test_a_division_leaves_nobody_to_sit_without_company_if_another_is_possible() -> None:
    assert numbers_of(hall_of("bbob", "ooob", "oobb").proposals(SeatsRequest(4))) == ["B2 B3 C1 C2"]


def test_the_dearest_seats_come_first_but_before_those_that_leave_a_seat_alone() -> None:
    rows = [RowOfSeats("S", "A", ((1, 4, 5),), "oooo"), RowOfSeats("T", "A", ((1, 3, 9),), "ooo")]
    assert Hall(rows).proposals(SeatsRequest(3))[0].price == 9
    assert Hall(rows).proposals(SeatsRequest(2))[0].price == 5


def test_many_seeds_are_spread_evenly_over_as_many_proposals_as_there_are_callers() -> None:
    found = hall_of(*["o" * 40] * 6).proposals(SeatsRequest(1))
    assert len(found) == MOST_PROPOSALS
    for over in (1, 2, 20, 1000):
        share = min(over, MOST_PROPOSALS)
        first = Counter(spread(found, f"buyer-{number}", over=over)[0] for number in range(100 * share))
        assert set(first) == set(found[:share])
        assert max(first.values()) < 2 * 100


def test_one_seed_has_one_order_with_all_proposals_and_no_seed_begins_with_the_best() -> None:
    found = hall_of(*["o" * 40] * 6).proposals(SeatsRequest(1))
    assert spread(found, "a", over=50) == spread(found, "a", over=50)
    assert set(spread(found, "a", over=50)) == set(found)
    assert spread(found, None, over=50) == found
    assert spread([], "a", over=50) == []


def test_prices_between_two_prices_of_the_hall_are_one_request() -> None:
    hall = Hall([RowOfSeats("S", "A", ((1, 2, 5), (3, 4, 9)), "oooo")])
    plain = [hall.plain(SeatsRequest(1, price)).max_price for price in (None, 4, 5, 8, 9, 10**12)]
    assert plain == [None, -1, 5, 5, 9, 9]
