"""`/events/{event_id}/seat-map`: all seats of an event in a compact form, computed at most once a second."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, Field
from servicekit.negotiation import accepts_gzip, has_tag

from ticketing.http.authentication import Caller, require
from ticketing.http.documented import problems
from ticketing.usecases.catalogue.seat_maps import SeatMaps

router = APIRouter(prefix="/events/{event_id}/seat-map", tags=["seats"])

Reader = Annotated[Caller, Depends(require("catalog:read"))]
HEADERS = {"cache-control": "private, no-cache", "vary": "accept-encoding"}
"""Whoever keeps a map asks whether it still holds before using it again; that costs no query."""

_TAG: dict[str, Any] = {
    "ETag": {
        "description": "Names this content: it changes with the state, the price or the place of any seat.",
        "schema": {"type": "string", "pattern": '^W/"[0-9a-f]{24}"$'},
    }
}


class RowOutput(BaseModel):
    """A row of a section."""

    row: str
    runs: list[tuple[int, int, int]] = Field(
        description="Seats with consecutive numbers and one price: the first number, the last number, and the index "
        "of the price in `prices`."
    )


class SectionOutput(BaseModel):
    """A section, with its rows in order."""

    section: str
    rows: list[RowOutput]


class SeatMapOutput(BaseModel):
    """All seats of an event, in the order in which `GET /events/{id}/seats` lists them."""

    layout: str = Field(
        pattern="^[0-9a-f]{16}$",
        description="Names `prices` and `sections`: it changes with the price, the place or the existence of any seat.",
    )
    prices: list[int] = Field(description="Each price once, in minor units of the event's currency.")
    sections: list[SectionOutput]
    states: str = Field(
        pattern="^[ogb]*$",
        description="One character for each seat, in the order of `sections`: `o` OPEN, `g` ON_GOING, `b` BOOKED.",
    )


async def _seat_maps(request: Request) -> SeatMaps:
    maps: SeatMaps = request.app.state.seat_maps
    return maps


@router.get(
    "",
    response_model=SeatMapOutput,
    summary="Return the seat map of an event",
    responses={
        200: {"headers": _TAG},
        304: {"description": "The caller has this content.", "headers": _TAG},
        **problems(_404="event-not-found"),
    },
)
async def show(
    request: Request,
    maps: Annotated[SeatMaps, Depends(_seat_maps)],
    _: Reader,
    event_id: UUID,
    if_none_match: Annotated[
        str | None, Header(description="The `ETag` of the content that the caller has: if it still holds, 304.")
    ] = None,
) -> Response:
    """The client service calls this to draw a seat map: all seats with places, prices and states, without ids.

    It is at most a second old. `GET /events/{id}/seats?at=` returns single seats of it with their ids.
    """
    found = await maps.get(event_id)
    headers = {**HEADERS, "etag": found.tag}
    if has_tag(if_none_match, found.tag):
        return Response(status_code=304, headers=headers)
    if accepts_gzip(request.headers.get("accept-encoding")):
        return Response(found.zipped, headers={**headers, "content-encoding": "gzip"}, media_type="application/json")
    return Response(found.plain, headers=headers, media_type="application/json")
