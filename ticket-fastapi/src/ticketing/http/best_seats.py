"""`/events/{event_id}/best-seats`: a proposal of free seats together."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from ticketing.domain.best_seats import SeatsRequest
from ticketing.http.authentication import Caller, require
from ticketing.http.bookings import MOST_SEATS
from ticketing.http.documented import problems
from ticketing.http.models import HIGHEST_PRICE
from ticketing.http.responses import JsonResponse
from ticketing.http.texts import Section
from ticketing.usecases.catalogue.best_seats import BestSeats

router = APIRouter(prefix="/events/{event_id}/best-seats", tags=["seats"])

Reader = Annotated[Caller, Depends(require("catalog:read"))]


class ProposedSeat(BaseModel):
    """A seat of a proposal."""

    id: UUID
    section: str
    row: str
    number: int
    price: int = Field(description="In minor units of the event's currency.")


class Proposal(BaseModel):
    """Seats of one price that were free a moment ago."""

    seats: list[ProposedSeat] = Field(description="From the first row to the second one, and by number.")
    adjacent: bool = Field(
        description="Whether the seats follow each other in one row. If not, they are in two neighbouring rows."
    )
    leaves_single_seat: bool = Field(
        description="Whether a free seat beside them would have no free neighbour any more. It is so only if all "
        "seats that fit the request would leave one."
    )


class BestSeatsOutput(BaseModel):
    """The answer to a request for the best seats."""

    proposal: Proposal | None = Field(
        description="Null if so many seats are free neither in one row nor in two neighbouring rows."
    )


async def _best_seats(request: Request) -> BestSeats:
    found: BestSeats = request.app.state.best_seats
    return found


@router.get(
    "",
    response_model=BestSeatsOutput,
    summary="Propose the best seats together",
    responses=problems(_404="event-not-found"),
)
async def propose(
    best_seats: Annotated[BestSeats, Depends(_best_seats)],
    _: Reader,
    event_id: UUID,
    count: Annotated[int, Query(ge=1, le=MOST_SEATS, description="The number of seats.")],
    max_price: Annotated[
        int | None,
        Query(
            ge=0, le=HIGHEST_PRICE, description="The most that a seat may cost, in minor units of the event's currency."
        ),
    ] = None,
    section: Annotated[Section | None, Query(description="Only seats of this section.")] = None,
    seed: Annotated[
        str | None,
        Query(
            pattern="^[A-Za-z0-9_-]{1,64}$",
            description="Any text of the caller's own, such as a random one for each request. While many ask for the "
            "same, callers with different seeds get different proposals, so that a crowd does not want the same seats: "
            "the more callers, the more proposals. Without a seed, the answer is the very best proposal.",
        ),
    ] = None,
) -> Response:
    """The client service calls this for a buyer who wants some seats together; it returns one proposal.

    Seats that follow each other in one row come first, then those that leave no single seat, then the dearest, then
    those that are closest to the centre of their row and to the front of their section. All of them have one price.
    The map on which this is based is at most a second old, and nothing is held: `POST /bookings` decides, and who comes
    too late asks again with another seed.
    """
    found = await best_seats.propose(event_id, SeatsRequest(count, max_price, section), seed)
    if found is None:
        return JsonResponse(BestSeatsOutput(proposal=None))
    seats = [ProposedSeat.model_validate(seat, from_attributes=True) for seat in found.seats]
    proposal = Proposal(seats=seats, adjacent=found.is_adjacent, leaves_single_seat=found.leaves_single)
    return JsonResponse(BestSeatsOutput(proposal=proposal))
