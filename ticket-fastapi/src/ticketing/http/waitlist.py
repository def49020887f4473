"""`/waitlist`: queue for a taken seat; and the staff's view of an event's queues."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from servicekit.cursors import page, read_cursor
from servicekit.db.engine import reading
from servicekit.errors import NotFoundError
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.waitlist import entries, entry_lists
from ticketing.db.waitlist.entries import QueueRequest
from ticketing.domain.records import Customer
from ticketing.domain.waitlist import EntryStatus, WaitlistEntry
from ticketing.http.authentication import Caller, require
from ticketing.http.documented import problems
from ticketing.http.idempotency import IdempotencyKey, create_once
from ticketing.http.models import Input, Moment
from ticketing.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithEngine, WithServices
from ticketing.http.shapes import CustomerInput, EntryOutput, EntryPage
from ticketing.http.texts import HttpUrl
from ticketing.usecases.catalogue import manage_events
from ticketing.usecases.waitlist.join_waitlist import join_waitlist
from ticketing.usecases.waitlist.leave_waitlist import leave_waitlist
from ticketing.usecases.webhooks.representations import entry_data

router = APIRouter(prefix="/waitlist", tags=["waitlist"])
event_router = APIRouter(prefix="/events/{event_id}/waitlist", tags=["waitlist"])

Reader = Annotated[Caller, Depends(require("waitlist:read"))]
Writer = Annotated[Caller, Depends(require("waitlist:write"))]


class EntryInput(Input):
    """Who wants to queue for which seat."""

    seat_id: UUID
    customer: CustomerInput
    return_url: HttpUrl | None = Field(
        default=None,
        description="where the payment page of an offer leads back to; the booking's id is added as `booking_id`",
    )


@router.post(
    "",
    status_code=201,
    response_model=EntryOutput,
    summary="Queue for a taken seat",
    responses=problems(
        _404="seat-not-found",
        _409="seat-open seat-already-yours already-queued sale-not-open sale-closed event-cancelled "
        "request-in-progress",
        _422="validation-error idempotency-key-reused",
    ),
)
async def join(
    services: WithServices, request: Request, caller: Writer, body: EntryInput, key: IdempotencyKey = None
) -> Response:
    """At the end of the seat's line."""
    customer = Customer(body.customer.id, body.customer.name, body.customer.email)
    wish = QueueRequest(body.seat_id, customer, body.return_url)

    async def create(connection: AsyncConnection) -> dict[str, object]:
        return entry_data(await join_waitlist(connection, wish, actor=caller.name))

    answer = await create_once(services.engine, request, caller, key, body, create)
    services.bell.ring()
    return answer


@router.get("", response_model=EntryPage, summary="List waitlist entries")
async def list_(
    engine: WithEngine,
    _: Reader,
    customer_id: UUID | None = None,
    status: EntryStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """Newest first; ended ones too."""
    before = read_cursor(cursor, tuple[Moment, UUID])
    async with reading(engine) as connection:
        found = await entry_lists.page_of_customer(
            connection,
            limit=limit + 1,
            customer_id=customer_id,
            before=(before[0], before[1]) if before else None,
            status=status,
        )

    def sort_values(entry: WaitlistEntry) -> list[object]:
        return [entry.joined_at, entry.id]

    return JsonResponse(page(found, limit, show=entry_data, sort_values=sort_values))


@router.get("/{entry_id}", response_model=EntryOutput, summary="One entry", responses=problems(_404="not-found"))
async def show(engine: WithEngine, _: Reader, entry_id: UUID) -> Response:
    """With its position now."""
    async with reading(engine) as connection:
        entry = await entries.find(connection, entry_id)
    if entry is None:
        raise NotFoundError("No waitlist entry has this id.")
    return JsonResponse(entry_data(entry))


@router.delete(
    "/{entry_id}",
    response_model=EntryOutput,
    summary="Leave the queue",
    responses=problems(_404="not-found", _409="not-leavable booking-in-progress payment-in-progress"),
)
async def leave(services: WithServices, caller: Writer, entry_id: UUID) -> Response:
    """Answers the entry. Leaving an offer cancels its booking."""
    return JsonResponse(entry_data(await leave_waitlist(services, entry_id, actor=caller.name)))


@event_router.get("", response_model=EntryPage, summary="An event's queues", responses=problems(_404="event-not-found"))
async def list_of_event(
    engine: WithEngine,
    _: Reader,
    event_id: UUID,
    ended: Annotated[bool, Query(description="Also entries that ended")] = False,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """Live entries seat by seat, each queue in the order of its line; with `ended`, all entries."""
    after = read_cursor(cursor, tuple[UUID, Moment, UUID])
    async with reading(engine) as connection:
        await manage_events.find_event(connection, event_id)
        found = await entry_lists.page_of_event(
            connection,
            event_id,
            limit=limit + 1,
            with_ended=ended,
            after_place=(after[0], after[1], after[2]) if after else None,
        )

    def sort_values(entry: WaitlistEntry) -> list[object]:
        return [entry.seat.id, entry.joined_at, entry.id]

    return JsonResponse(page(found, limit, show=entry_data, sort_values=sort_values))
