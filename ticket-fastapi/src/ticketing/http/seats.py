"""`/events/{event_id}/seats`: the seats of an event and their prices. Their status can only be read here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Discriminator, Field, Tag, model_validator
from servicekit.cursors import page, read_cursor
from servicekit.db.engine import reading
from servicekit.errors import WrongFieldError
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.catalogue.seat_plan import list_seats
from ticketing.domain.seat import SeatStatus
from ticketing.domain.seat_plan import NewSeat, SeatChange, first_repeated, lay_out
from ticketing.http.authentication import Caller, require
from ticketing.http.documented import problems
from ticketing.http.idempotency import IdempotencyKey, create_once
from ticketing.http.models import OMITTED, Input, Price
from ticketing.http.pagination import Cursor, Page, SmallInt
from ticketing.http.places import Number, Places
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithEngine
from ticketing.http.texts import RowLabel, Section
from ticketing.http.versions import REFUSED, Expected, tagged, with_tag
from ticketing.usecases.catalogue import lay_out_seats, manage_events

router = APIRouter(prefix="/events/{event_id}/seats", tags=["seats"])

MOST_SEATS = 5000
"""The maximum in one request or page."""

Rows = Annotated[
    Annotated[int, Field(strict=True, ge=1, le=MOST_SEATS), Tag("(count)")]
    | Annotated[list[RowLabel], Field(min_length=1, max_length=MOST_SEATS), Tag("(labels)")],
    Discriminator(lambda rows: "(labels)" if isinstance(rows, list) else "(count)"),
]
"""The number of rows, or their labels."""
Reader = Annotated[Caller, Depends(require("catalog:read"))]
Writer = Annotated[Caller, Depends(require("catalog:write"))]


class SeatInput(Input):
    """A new seat."""

    section: Section
    row: RowLabel
    number: Number
    price: Price


class SeatsInput(Input):
    """New seats: either a list in `seats`, or a layout of `section`, `rows`, `seats_per_row` and `price`."""

    seats: Annotated[list[SeatInput], Field(min_length=1, max_length=MOST_SEATS)] | None = None
    section: Section | None = None
    rows: Rows | None = Field(
        default=None, description="The number of rows, which are then labelled A, B, …, Z, AA, …; or their labels."
    )
    seats_per_row: Annotated[int, Field(strict=True, ge=1, le=MOST_SEATS)] | None = Field(
        default=None, description="Each row has the seats 1 to this number."
    )
    price: Price | None = None

    @model_validator(mode="after")
    def _a_list_or_a_layout(self) -> SeatsInput:
        layout = (self.section, self.rows, self.seats_per_row, self.price)
        complete = all(value is not None for value in layout)
        absent = all(value is None for value in layout)
        if not (complete and self.seats is None) and not (absent and self.seats is not None):
            raise ValueError("send either seats, or all of section, rows, seats_per_row and price")
        return self

    def new_seats(self) -> list[NewSeat]:
        """Returns the requested seats; raises WrongFieldError if there are too many or two have the same place."""
        new = [NewSeat(seat.section, seat.row, seat.number, seat.price) for seat in self.seats or ()]
        if self.section and self.rows and self.seats_per_row and self.price is not None:
            rows = self.rows if isinstance(self.rows, int) else len(self.rows)
            if rows * self.seats_per_row > MOST_SEATS:
                raise WrongFieldError("seats_per_row", "too_many_seats", f"At most {MOST_SEATS} seats at once.")
            new = lay_out(section=self.section, rows=self.rows, seats_per_row=self.seats_per_row, price=self.price)
        repeated = first_repeated(new)
        if repeated is not None:
            where = f"seats.{repeated}" if self.seats is not None else "rows"
            raise WrongFieldError(where, "seat_repeated", "Two of these seats are at the same place.")
        return new


class SeatChanges(Input):
    """The fields to change; a field that is left out stays as it is."""

    section: Section = OMITTED
    row: RowLabel = OMITTED
    number: Number = OMITTED
    price: Price = OMITTED


class SeatOutput(BaseModel):
    """A seat of an event."""

    id: UUID
    version: int = Field(
        description="Grows when staff change place or price, not when the seat is sold; also the `ETag`."
    )
    section: str
    row: str
    number: int
    price: int = Field(description="In minor units of the event's currency.")
    status: SeatStatus = Field(
        description="OPEN can be booked. ON_GOING belongs to a booking that is not paid, or whose release is not "
        "complete. BOOKED is sold."
    )
    created_at: datetime
    updated_at: datetime


class SeatPage(Page):
    """Seats, ordered by section, row and number."""

    items: list[SeatOutput]


class SeatsOutput(BaseModel):
    """The seats that were created."""

    items: list[SeatOutput]


@router.get(
    "", response_model=SeatPage, summary="List the seats of an event", responses=problems(_404="event-not-found")
)
async def list_(
    engine: WithEngine,
    _: Reader,
    event_id: UUID,
    status: Annotated[SeatStatus | None, Query(description="Only seats in this status.")] = None,
    section: Annotated[Section | None, Query(description="Only seats of this section.")] = None,
    places: Places = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=MOST_SEATS, description="The maximum number of items on the page.")] = 1000,
) -> Response:
    """The client service calls this to look up seats of the map, and staff to manage seats.

    It returns one page of seats, ordered by section, row and number, and the cursor of the next page.
    """
    after = read_cursor(cursor, tuple[str, SmallInt, str, SmallInt])
    async with reading(engine) as connection:
        rows = await list_seats(
            connection, event_id, status=status, section=section, places=places, after=after, limit=limit + 1
        )
        if not rows:
            await manage_events.find_event(connection, event_id)
    return JsonResponse(
        page(
            rows,
            limit,
            show=lambda seat: seat,
            sort_values=lambda seat: [seat.section, len(seat.row), seat.row, seat.number],
        )
    )


@router.post(
    "",
    status_code=201,
    response_model=SeatsOutput,
    summary="Add seats to an event",
    responses=problems(
        _404="event-not-found",
        _409="seat-exists request-in-progress",
        _422="validation-error idempotency-key-reused",
    ),
)
async def add(
    engine: WithEngine,
    request: Request,
    caller: Writer,
    event_id: UUID,
    body: SeatsInput,
    key: IdempotencyKey = None,
) -> Response:
    """Staff call this to create up to 5000 seats, given as a list or as a layout; it returns the seats.

    Either all of the seats are created or none. A seat that exists, or looks like one that does, is refused.
    """
    new = body.new_seats()

    async def create(connection: AsyncConnection) -> dict[str, object]:
        return {"items": await lay_out_seats.add_seats(connection, event_id, new)}

    return await create_once(engine, request, caller, key, body, create)


@router.get(
    "/{seat_id}",
    response_model=SeatOutput,
    summary="Return a seat",
    responses=with_tag(200) | problems(_404="seat-not-found"),
)
async def show(engine: WithEngine, _: Reader, event_id: UUID, seat_id: UUID) -> Response:
    """Returns the seat with its price and its current status, which its `ETag` does not cover."""
    async with reading(engine) as connection:
        seat = await lay_out_seats.find_seat(connection, event_id, seat_id)
    return tagged(seat, seat.version)


@router.patch(
    "/{seat_id}",
    response_model=SeatOutput,
    summary="Change a seat",
    responses=with_tag(200) | REFUSED | problems(_404="seat-not-found", _409="seat-exists seat-in-use"),
)
async def change(
    engine: WithEngine, _: Writer, event_id: UUID, seat_id: UUID, body: SeatChanges, expected: Expected
) -> Response:
    """Staff call this to change the sent fields of the version that `If-Match` names; it returns the seat.

    A new price applies to the next booking. Section, row and number can change only while the seat is OPEN.
    """
    async with engine.begin() as connection:
        change_ = SeatChange(**body.model_dump())
        seat = await lay_out_seats.change_seat(connection, event_id, seat_id, change_, expected)
    return tagged(seat, seat.version)


@router.delete(
    "/{seat_id}",
    status_code=204,
    summary="Delete a seat",
    responses=REFUSED | problems(_404="seat-not-found", _409="seat-in-use"),
)
async def remove(engine: WithEngine, _: Writer, event_id: UUID, seat_id: UUID, expected: Expected) -> Response:
    """Staff call this to delete the version that `If-Match` names.

    The seat must be OPEN, and no booking or waitlist entry may ever have named it.
    """
    async with engine.begin() as connection:
        await lay_out_seats.remove_seat(connection, event_id, seat_id, expected)
    return Response(status_code=204)
