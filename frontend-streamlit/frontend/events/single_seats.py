"""Free seats that a choice would leave alone, and how to move the choice so that it leaves none.

A seat is left alone if it had a free neighbour in its row and has none any more (contracts/single_seats.json).
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from frontend.api.models import PlacedSeat
from frontend.events.seat_layout import DrawnRow
from frontend.events.seat_map import OPEN, SeatMap


def left_alone(states: str, chosen: Collection[int]) -> list[int]:
    """Returns the positions of the seats of a row that are left alone by a choice of open seats of that row."""
    free = {at for at, state in enumerate(states) if state == OPEN}
    left = free - set(chosen)
    return [at for at in sorted(left) if not left & {at - 1, at + 1} and free & {at - 1, at + 1}]


def single_seats(seat_map: SeatMap, places: Collection[str]) -> list[PlacedSeat]:
    """Returns the seats of the map that the choice would leave alone."""
    found = [
        seat_map.seat(row.start + at)
        for row, chosen in _by_row(seat_map, places)
        for at in left_alone(_states(seat_map, row), chosen)
    ]
    return [seat for seat in found if seat is not None]


def moved(seat_map: SeatMap, places: Collection[str]) -> list[str] | None:
    """Returns the places of as many seats, for the same prices and as near as can be, that leave no seat alone.

    Seats stay in their rows, and those next to each other stay so. Returns None if that is not possible.
    """
    wanted: list[str] = []
    for row, chosen in _by_row(seat_map, places):
        states = _states(seat_map, row)
        better = _moved_in_row(states, row.prices, chosen) if left_alone(states, chosen) else chosen
        if better is None:
            return None
        wanted += [seat.place for at in better if (seat := seat_map.seat(row.start + at))]
    return wanted


def _moved_in_row(states: str, prices: Sequence[int], chosen: Sequence[int]) -> list[int] | None:
    """Returns the positions to which the chosen seats of a row move, one group of neighbours after the other."""
    now = set(chosen)
    for group in _groups(chosen):
        others = now - set(group)
        fitting = [spot for spot in _spots(states, prices, group, others) if _leaves_none(states, spot, others)]
        if not fitting:
            return None
        _, nearest = min((abs(spot.start - group[0]), spot.start) for spot in fitting)
        now = others.union(range(nearest, nearest + len(group)))
    return None if left_alone(states, now) else sorted(now)


def _spots(states: str, prices: Sequence[int], group: Sequence[int], others: Collection[int]) -> Iterator[range]:
    """Yields where a group fits for the same prices: also where it is."""
    paid = sorted(prices[at] for at in group)
    for start in range(len(states) - len(group) + 1):
        spot = range(start, start + len(group))
        is_free = all(states[at] == OPEN and at not in others for at in spot)
        if is_free and sorted(prices[at] for at in spot) == paid:
            yield spot


def _leaves_none(states: str, spot: range, others: set[int]) -> bool:
    """Returns whether a group at this spot leaves neither neighbour alone."""
    return not {spot.start - 1, spot.stop} & set(left_alone(states, others.union(spot)))


def _by_row(seat_map: SeatMap, places: Collection[str]) -> Iterator[tuple[DrawnRow, list[int]]]:
    """Yields each row that has chosen seats, with their positions in it."""
    for row, indexes in groupby(seat_map.indexes(places), key=seat_map.layout.row_at):
        yield row, [index - row.start for index in indexes]


def _groups(positions: Sequence[int]) -> Iterator[list[int]]:
    """Yields the positions that follow each other."""
    for _, group in groupby(enumerate(positions), key=lambda numbered: numbered[1] - numbered[0]):
        yield [at for _, at in group]


def _states(seat_map: SeatMap, row: DrawnRow) -> str:
    return seat_map.states[row.start : row.start + len(row.numbers)]
