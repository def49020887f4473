"""`/events`: what is sold, where, and between which times."""

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
from ticketing.domain.event import SeatCounts
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
from ticketing.usecases.catalogue import manage_events
from ticketing.usecases.catalogue.manage_events import EventWithSeats

router = APIRouter(prefix="/events", tags=["events"])

Reader = Annotated[Caller, Depends(require("catalog:read"))]
Writer = Annotated[Caller, Depends(require("catalog:write"))]


class EventInput(Input):
    """A new event; `organizer` is a slug."""

    name: Name
    description: Description = ""
    venue: Name
    time_zone: TimeZone = Field(
        default=OMITTED, description="IANA name, such as Asia/Jakarta; if it is left out, the platform's default"
    )
    starts_at: Moment
    sales_open_at: Moment
    sales_close_at: Moment
    organizer: Slug
    currency: Currency


class EventChanges(Input):
    """What shall change."""

    name: Name = OMITTED
    description: Description = OMITTED
    venue: Name = OMITTED
    time_zone: TimeZone = Field(
        default=OMITTED, description="IANA name; the moments stay, and are shown in the new zone"
    )
    starts_at: Moment = OMITTED
    sales_open_at: Moment = OMITTED
    sales_close_at: Moment = OMITTED
    organizer: Slug = OMITTED
    currency: Currency = OMITTED


class OrganizerName(BaseModel):
    """Whose event it is."""

    slug: str
    name: str


class SeatNumbers(BaseModel):
    """How many seats are in which state."""

    total: int
    open: int
    on_going: int
    booked: int


class EventOutput(BaseModel):
    """An event; prices in minor units of `currency`, null without seats. `status` follows from the clock."""

    id: UUID
    name: str
    description: str
    venue: str
    time_zone: str = Field(description="IANA name of the venue's time zone; people are shown all times in it")
    starts_at: datetime
    sales_open_at: datetime
    sales_close_at: datetime
    organizer: OrganizerName
    currency: str
    status: Sale = Field(description="where the sale is; seats can be booked while it is ON_SALE")
    seats: SeatNumbers
    price_from: int | None
    price_to: int | None
    created_at: datetime
    updated_at: datetime


class EventPage(Page):
    """Events in the order asked for."""

    items: list[EventOutput]


def represent(found: EventWithSeats) -> dict[str, object]:
    """An event as EventOutput says."""
    event, counts = found.event, found.seats
    return {
        "id": event.id,
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


def _numbers(counts: SeatCounts) -> dict[str, int]:
    return {"total": counts.total, "open": counts.open, "on_going": counts.on_going, "booked": counts.booked}


@router.get("", response_model=EventPage, summary="List events")
async def list_(
    engine: WithEngine,
    _: Reader,
    search: Annotated[Search | None, Query(description="In name, venue or description")] = None,
    organizer: Annotated[Slug | None, Query(description="Only of this organizer")] = None,
    ordering: EventOrdering = "starts_at",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """A leading minus in `ordering` turns it round."""
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
    responses=problems(_409="request-in-progress", _422="validation-error idempotency-key-reused"),
)
async def add(
    services: WithServices, request: Request, caller: Writer, body: EventInput, key: IdempotencyKey = None
) -> Response:
    """It has no seats yet."""
    zone = body.time_zone or services.settings.default_time_zone

    async def create(connection: AsyncConnection) -> dict[str, object]:
        return represent(await manage_events.add_event(connection, {**body.model_dump(), "time_zone": zone}))

    return await create_once(services.engine, request, caller, key, body, create)


@router.get("/{event_id}", response_model=EventOutput, summary="One event", responses=problems(_404="event-not-found"))
async def show(engine: WithEngine, _: Reader, event_id: UUID) -> Response:
    """With the numbers of its seats as they are now."""
    async with reading(engine) as connection:
        return JsonResponse(represent(await manage_events.find_event(connection, event_id)))


@router.patch(
    "/{event_id}",
    response_model=EventOutput,
    summary="Change an event",
    responses=problems(_404="event-not-found", _409="event-has-bookings"),
)
async def change(engine: WithEngine, _: Writer, event_id: UUID, body: EventChanges) -> Response:
    """Only the fields that are sent, checked together with those that stay."""
    async with engine.begin() as connection:
        changed = await manage_events.change_event(connection, event_id, body.model_dump(exclude_unset=True))
    return JsonResponse(represent(changed))


@router.delete(
    "/{event_id}",
    status_code=204,
    summary="Remove an event",
    responses=problems(_404="event-not-found", _409="event-has-live-bookings event-has-bookings"),
)
async def remove(engine: WithEngine, _: Writer, event_id: UUID) -> Response:
    """With its seats; refused once anything was booked."""
    async with engine.begin() as connection:
        await manage_events.remove_event(connection, event_id)
    return Response(status_code=204)
