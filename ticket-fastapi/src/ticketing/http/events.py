"""`/events`: the events, with their times, venues and sales."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from servicekit.cursors import page, read_cursor
from servicekit.db.engine import reading
from servicekit.times import TimeZone
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.catalogue.events import EventOrdering, list_events
from ticketing.domain.event import EventChange, NewEvent, SeatCounts
from ticketing.domain.sale import Sale
from ticketing.http.authentication import Caller, require
from ticketing.http.documented import problems
from ticketing.http.idempotency import IdempotencyKey, create_once
from ticketing.http.models import OMITTED, Currency, Input, Moment
from ticketing.http.organizers import Slug
from ticketing.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithEngine, WithServices
from ticketing.http.texts import Description, Name, Search
from ticketing.http.versions import REFUSED, Expected, tagged, with_tag
from ticketing.usecases.catalogue import manage_events
from ticketing.usecases.catalogue.manage_events import EventWithSeats

router = APIRouter(prefix="/events", tags=["events"])

Reader = Annotated[Caller, Depends(require("catalog:read"))]
Writer = Annotated[Caller, Depends(require("catalog:write"))]


class EventInput(Input):
    """A new event."""

    name: Name
    description: Description = ""
    venue: Name
    time_zone: TimeZone = Field(
        default=OMITTED,
        description="The venue's time zone (IANA), such as Asia/Jakarta. By default the platform's zone.",
    )
    starts_at: Moment = Field(description="When the event starts. Its sale ends then at the latest.")
    sales_open_at: Moment = Field(description="From when seats can be booked; before `sales_close_at`.")
    sales_close_at: Moment = Field(description="Until when seats can be booked.")
    organizer: Slug = Field(description="The slug of the organizer, who must exist.")
    currency: Currency


class EventChanges(Input):
    """The fields to change; a field that is left out stays as it is."""

    name: Name = OMITTED
    description: Description = OMITTED
    venue: Name = OMITTED
    time_zone: TimeZone = Field(
        default=OMITTED,
        description="The venue's time zone (IANA). The instants stay; people then read them in the new zone.",
    )
    starts_at: Moment = OMITTED
    sales_open_at: Moment = OMITTED
    sales_close_at: Moment = OMITTED
    organizer: Slug = OMITTED
    currency: Currency = OMITTED


class OrganizerName(BaseModel):
    """The organizer of an event."""

    slug: str
    name: str


class SeatNumbers(BaseModel):
    """The number of seats, in total and by status."""

    total: int
    open: int = Field(description="Seats that can be booked.")
    on_going: int = Field(description="Seats of bookings that are not paid, or whose release is not complete.")
    booked: int = Field(description="Seats that are sold.")


class EventOutput(BaseModel):
    """An event."""

    id: UUID
    version: int = Field(description="Grows with every change by staff; it is also the `ETag`.")
    name: str
    description: str
    venue: str
    time_zone: str = Field(description="The venue's time zone (IANA); people read all times in it.")
    starts_at: datetime
    sales_open_at: datetime
    sales_close_at: datetime
    organizer: OrganizerName
    currency: str = Field(description="The ISO 4217 code of the prices.")
    status: Sale = Field(
        description="The state of the sale at the time of the answer. Seats can be booked while it is ON_SALE."
    )
    seats: SeatNumbers
    price_from: int | None = Field(description="The lowest price, in minor units; null if there are no seats.")
    price_to: int | None = Field(description="The highest price, in minor units; null if there are no seats.")
    created_at: datetime
    updated_at: datetime


class EventPage(Page):
    """Events, in the requested order."""

    items: list[EventOutput]


def represent(found: EventWithSeats) -> dict[str, object]:
    """Returns the event in the shape of EventOutput."""
    event, counts = found.event, found.seats
    return {
        "id": event.id,
        "version": event.version,
        "name": event.name,
        "description": event.description,
        "venue": event.venue,
        "time_zone": event.time_zone,
        "starts_at": event.starts_at,
        "sales_open_at": event.sales_open_at,
        "sales_close_at": event.sales_close_at,
        "organizer": {"slug": event.organizer_slug, "name": event.organizer_name},
        "currency": event.currency,
        "status": event.sale_at(datetime.now(UTC)),
        "seats": _numbers(counts),
        "price_from": counts.price_from,
        "price_to": counts.price_to,
        "created_at": event.created_at,
        "updated_at": event.updated_at,
    }


def tagged_event(found: EventWithSeats) -> Response:
    """Returns the answer that shows the event."""
    return tagged(represent(found), found.event.version)


def _numbers(counts: SeatCounts) -> dict[str, int]:
    return {"total": counts.total, "open": counts.open, "on_going": counts.on_going, "booked": counts.booked}


@router.get("", response_model=EventPage, summary="List events")
async def list_(
    engine: WithEngine,
    _: Reader,
    search: Annotated[
        Search | None, Query(description="Only events with this text in name, venue or description.")
    ] = None,
    organizer: Annotated[Slug | None, Query(description="Only events of the organizer with this slug.")] = None,
    ordering: Annotated[EventOrdering, Query(description="A leading minus reverses the order.")] = "starts_at",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """The client service calls this for its catalogue, and staff to find an event.

    It returns one page of events with the numbers of their seats, and the cursor of the next page.
    """
    field = ordering.lstrip("-")
    after = read_cursor(cursor, tuple[str, UUID] if field == "name" else tuple[Moment, UUID])
    async with reading(engine) as connection:
        rows = await list_events(
            connection,
            search=search,
            organizer=organizer,
            ordering=ordering,
            after=after,
            limit=limit + 1,
        )
        listed = await manage_events.with_seats(connection, rows)

    def sort_values(row: EventWithSeats) -> list[object]:
        return [getattr(row.event, field), row.event.id]

    return JsonResponse(page(listed, limit, show=represent, sort_values=sort_values))


@router.post(
    "",
    status_code=201,
    response_model=EventOutput,
    summary="Add an event",
    responses=with_tag(201) | problems(_409="request-in-progress", _422="validation-error idempotency-key-reused"),
)
async def add(
    services: WithServices, request: Request, caller: Writer, body: EventInput, key: IdempotencyKey = None
) -> Response:
    """Staff call this to create an event, which is returned.

    The event has no seats; add them with `POST /events/{event_id}/seats`.
    """
    zone = body.time_zone or services.settings.default_time_zone

    async def create(connection: AsyncConnection) -> dict[str, object]:
        return represent(
            await manage_events.add_event(connection, NewEvent(**{**body.model_dump(), "time_zone": zone}))
        )

    return await create_once(services.engine, request, caller, key, body, create)


@router.get(
    "/{event_id}",
    response_model=EventOutput,
    summary="Return an event",
    responses=with_tag(200) | problems(_404="event-not-found"),
)
async def show(engine: WithEngine, _: Reader, event_id: UUID) -> Response:
    """Returns the event with the current numbers of its seats, which its `ETag` does not cover."""
    async with reading(engine) as connection:
        return tagged_event(await manage_events.find_event(connection, event_id))


@router.patch(
    "/{event_id}",
    response_model=EventOutput,
    summary="Change an event",
    responses=with_tag(200) | REFUSED | problems(_404="event-not-found", _409="event-has-bookings"),
)
async def change(
    services: WithServices, caller: Writer, event_id: UUID, body: EventChanges, expected: Expected
) -> Response:
    """Staff call this to change the sent fields of the version that `If-Match` names; it returns the event.

    The new values are checked together with those that stay. The organizer and the currency cannot change once the
    event has bookings. If name, venue, time zone or start change, a worker publishes a new version of every live
    booking and waitlist entry, and makes the PDF of every paid booking anew.
    """
    change_ = EventChange(**body.model_dump())
    async with services.transaction() as connection:
        changed = await manage_events.change_event(connection, event_id, change_, expected, actor=caller.name)
    return tagged_event(changed)


@router.delete(
    "/{event_id}",
    status_code=204,
    summary="Delete an event",
    responses=REFUSED | problems(_404="event-not-found", _409="event-has-live-bookings event-has-bookings"),
)
async def remove(engine: WithEngine, _: Writer, event_id: UUID, expected: Expected) -> Response:
    """Staff call this to delete the version that `If-Match` names, with its seats.

    It is refused if the event has, or had, bookings.
    """
    async with engine.begin() as connection:
        await manage_events.remove_event(connection, event_id, expected)
    return Response(status_code=204)
