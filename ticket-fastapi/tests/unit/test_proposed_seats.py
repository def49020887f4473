"""A proposal names seats that are stored and still free, as far as the process can know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from ticketing.domain.best_seats import SeatsRequest
from ticketing.domain.seat import SeatStatus
from ticketing.domain.seat_map import RowOfSeats
from ticketing.domain.seat_plan import Place, Seat
from ticketing.usecases.catalogue.best_seats import BestSeats, ProposedSeats
from ticketing.usecases.catalogue.seat_maps import SeatMaps

EVENT = uuid4()
NOW = datetime.now(UTC)


class Stored:
    """One row of six seats as it is stored; the map still shows all of them as free."""

    def __init__(self) -> None:
        self.removed: set[int] = set()
        self.taken: set[int] = set()

    async def read(self, _: UUID) -> Sequence[RowOfSeats]:
        return [RowOfSeats("S", "A", ((1, 6, 5),), "oooooo")]

    async def find(self, _: UUID, places: Sequence[Place]) -> Sequence[Seat]:
        return [self.seat(number) for *_, number in places if number not in self.removed]

    def seat(self, number: int) -> Seat:
        status = SeatStatus.ON_GOING if number in self.taken else SeatStatus.OPEN
        return Seat(uuid4(), "S", "A", number, 5, status, 1, NOW, NOW)


async def proposed(stored: Stored) -> list[int]:
    """Returns the numbers of the seats that a process which has just started proposes to two people."""
    found = await BestSeats(SeatMaps(stored.read), stored.find).propose(EVENT, SeatsRequest(2), None)
    return numbers(found)


def numbers(found: ProposedSeats | None) -> list[int]:
    return [seat.number for seat in found.seats] if found else []


async def test_a_proposal_with_a_seat_that_was_taken_or_removed_is_passed_over() -> None:
    stored = Stored()
    assert await proposed(stored) == [3, 4]
    stored.taken = {4}
    assert await proposed(stored) == [1, 2]
    stored.removed = {1}
    assert await proposed(stored) == [5, 6]


async def test_if_all_are_taken_the_first_is_proposed_and_if_all_are_removed_none() -> None:
    stored = Stored()
    stored.taken = {1, 4, 5}
    assert await proposed(stored) == [3, 4]
    stored.removed = {1, 4, 5}
    assert await proposed(stored) == []


async def test_the_seats_of_a_proposal_are_read_once_a_second() -> None:
    stored = Stored()
    best = BestSeats(SeatMaps(stored.read), stored.find)
    best._seats._clock = lambda: 0.0
    first = await best.propose(EVENT, SeatsRequest(2), None)
    stored.taken = {3}
    assert await best.propose(EVENT, SeatsRequest(2), None) == first
    best._seats._clock = lambda: 1.0
    assert await best.propose(EVENT, SeatsRequest(2), None) != first
