"""Proposes the best free seats together, from the seat map that this process has.

A crowd that asks costs little: the proposals for a request are computed at most once a second, and the ids of each
proposal's seats are read at most once a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from servicekit.db.engine import reading
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.db.catalogue.seat_plan import list_seats
from ticketing.domain.best_seats import Hall, Proposal, SeatsRequest, spread
from ticketing.domain.seat import SeatStatus
from ticketing.domain.seat_plan import Place, Seat
from ticketing.usecases.catalogue.seat_maps import SeatMap, SeatMaps
from ticketing.usecases.catalogue.shared_answers import SharedAnswers

MOST_HALLS, MOST_REQUESTS, MOST_PROPOSALS = 8, 200, 1000
"""Of each so many are kept; those that were asked for last."""

SeatFinder = Callable[[UUID, Sequence[Place]], Awaitable[Sequence[Seat]]]
"""Returns those seats of an event that are at these places now."""


@dataclass(frozen=True, slots=True)
class ProposedSeats:
    """A proposal with its seats as they are stored."""

    seats: Sequence[Seat]
    is_adjacent: bool
    leaves_single: bool


@dataclass(slots=True)
class _Proposals:
    """The proposals for a request, and how many callers have asked for them."""

    found: Sequence[Proposal]
    callers: int = 0

    @classmethod
    def of(cls, hall: Hall, request: SeatsRequest) -> _Proposals:
        return cls(hall.proposals(request))


class BestSeats:
    """The proposals of this process."""

    def __init__(self, maps: SeatMaps, find: SeatFinder) -> None:
        self._maps = maps
        self._find = find
        self._halls: SharedAnswers[tuple[UUID, str], Hall] = SharedAnswers(MOST_HALLS)
        self._proposals: SharedAnswers[tuple[UUID, str, SeatsRequest], _Proposals] = SharedAnswers(MOST_REQUESTS)
        self._seats: SharedAnswers[tuple[UUID, tuple[Place, ...]], Sequence[Seat]] = SharedAnswers(MOST_PROPOSALS)

    async def propose(self, event_id: UUID, request: SeatsRequest, seed: str | None) -> ProposedSeats | None:
        """Returns the best seats. The n-th caller with a seed within a second gets one of the n best proposals.

        A proposal of which a seat was taken since the map was computed is passed over; if that is so for all, the
        first one is returned, and the booking will be refused. Returns None if no seats fit the request.
        """
        proposals = await self._proposals_of(event_id, await self._maps.get(event_id), request)
        proposals.callers += 1
        taken_since: ProposedSeats | None = None
        for proposal in spread(proposals.found, seed, over=proposals.callers):
            seats = await self._seats.get((event_id, proposal.places), partial(self._find, event_id, proposal.places))
            if len(seats) < request.count:
                continue
            proposed = ProposedSeats(seats, proposal.is_adjacent, proposal.leaves_single)
            if all(seat.status is SeatStatus.OPEN for seat in seats):
                return proposed
            taken_since = taken_since or proposed
        return taken_since

    async def close(self) -> None:
        """Ends the computations that are under way."""
        await asyncio.gather(self._halls.close(), self._proposals.close(), self._seats.close())

    async def _proposals_of(self, event_id: UUID, seat_map: SeatMap, request: SeatsRequest) -> _Proposals:
        # In a thread, since it takes milliseconds in which the loop can serve others.
        hall = await self._halls.get((event_id, seat_map.tag), partial(asyncio.to_thread, Hall, seat_map.rows))
        plain = hall.plain(request)
        key = event_id, seat_map.tag, plain
        return await self._proposals.get(key, partial(asyncio.to_thread, _Proposals.of, hall, plain))


def best_seats_of(engine: AsyncEngine, maps: SeatMaps) -> BestSeats:
    """Returns the proposals for the events in this database."""
    return BestSeats(maps, partial(find_seats, engine))


async def find_seats(engine: AsyncEngine, event_id: UUID, places: Sequence[Place]) -> list[Seat]:
    """Returns those seats of the event that are at these places now."""
    async with reading(engine) as connection:
        return await list_seats(
            connection, event_id, status=None, section=None, places=places, after=None, limit=len(places)
        )
