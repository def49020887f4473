"""`/waitlist`: the queues for taken seats; `/events/{event_id}/waitlist`: the queues of an event, for staff."""

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
from ticketing.http.pagination import DEFAULT_LIMIT, Cursor, Limit, SmallInt
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
    """A buyer's request to join the queue for a seat."""

    seat_id: UUID
    customer: CustomerInput
    return_url: HttpUrl | None = Field(
        default=None,
        description="The address to which the payment page of an offer sends the buyer back, with the parameter "
        "`booking_id`.",
    )


@router.post(
    "",
    status_code=201,
    response_model=EntryOutput,
    summary="Join the queue for a taken seat",
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
    """The client service calls this for a buyer. It returns the new waitlist entry, at the end of the seat's queue.

    A seat that is OPEN, or that the buyer already has, is refused.
    """
    customer = Customer(body.customer.id, body.customer.name, body.customer.email)
    wanted = QueueRequest(body.seat_id, customer, body.return_url)

    async def create(connection: AsyncConnection) -> dict[str, object]:
        return entry_data(await join_waitlist(connection, wanted, actor=caller.name))

    answer = await create_once(services.engine, request, caller, key, body, create)
    services.bell.ring()
    return answer


@router.get("", response_model=EntryPage, summary="List waitlist entries, newest first")
async def list_(
    engine: WithEngine,
    _: Reader,
    customer_id: Annotated[UUID | None, Query(description="Only entries of this customer.")] = None,
    status: Annotated[EntryStatus | None, Query(description="Only entries in this status.")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """The client service calls this to show a buyer's entries.

    It returns one page, which includes entries that have ended, and the cursor of the next page.
    """
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


@router.get(
    "/{entry_id}", response_model=EntryOutput, summary="Return a waitlist entry", responses=problems(_404="not-found")
)
async def show(engine: WithEngine, _: Reader, entry_id: UUID) -> Response:
    """Returns the entry with its current position in the queue."""
    async with reading(engine) as connection:
        entry = await entries.find(connection, entry_id)
    if entry is None:
        raise NotFoundError(f"No waitlist entry has the id {entry_id}.")
    return JsonResponse(entry_data(entry))


@router.delete(
    "/{entry_id}",
    response_model=EntryOutput,
    summary="Leave the queue",
    responses=problems(_404="not-found", _409="not-leavable booking-in-progress payment-in-progress"),
)
async def leave(services: WithServices, caller: Writer, entry_id: UUID) -> Response:
    """The client service calls this for a buyer who leaves the queue or gives up an offer; it returns the entry.

    A WAITING entry becomes LEFT. An OFFERED entry becomes LAPSED, and its booking is cancelled.
    """
    return JsonResponse(entry_data(await leave_waitlist(services, entry_id, actor=caller.name)))


@event_router.get(
    "", response_model=EntryPage, summary="List the queues of an event", responses=problems(_404="event-not-found")
)
async def list_of_event(
    engine: WithEngine,
    _: Reader,
    event_id: UUID,
    ended: Annotated[bool, Query(description="Also list entries that have ended.")] = False,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """Staff call this to see who waits for which seat.

    It returns one page of live entries, seat by seat in the order of each queue, and the cursor of the next page.
    """
    after = read_cursor(cursor, tuple[UUID, SmallInt])
    async with reading(engine) as connection:
        await manage_events.find_event(connection, event_id)
        found = await entry_lists.page_of_event(
            connection,
            event_id,
            limit=limit + 1,
            with_ended=ended,
            after=(after[0], after[1]) if after else None,
        )

    def sort_values(entry: WaitlistEntry) -> list[object]:
        return [entry.seat.id, entry.queue_number]

    return JsonResponse(page(found, limit, show=entry_data, sort_values=sort_values))
