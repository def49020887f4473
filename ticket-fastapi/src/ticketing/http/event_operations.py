"""Operations of staff on a whole event: close its sale, cancel it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field
from servicekit.db.engine import reading

from ticketing.db.catalogue import event_operations
from ticketing.http.authentication import Caller, require
from ticketing.http.documented import problems
from ticketing.http.events import EventOutput, tagged_event
from ticketing.http.models import Input
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithEngine, WithServices
from ticketing.http.texts import Reason
from ticketing.http.versions import with_tag
from ticketing.usecases.catalogue import manage_events
from ticketing.usecases.operations.cancel_event import cancel_event
from ticketing.usecases.operations.close_sales import close_sales

router = APIRouter(prefix="/events/{event_id}", tags=["event operations"])

Reader = Annotated[Caller, Depends(require("operations:read"))]
Writer = Annotated[Caller, Depends(require("operations:write"))]


class CancelEventInput(Input):
    """The reason of the cancellation."""

    reason: Reason = Field(default="", description="Why the event does not take place, for the record.")


class OperationOutput(BaseModel):
    """An operation on an event, with its progress."""

    id: UUID
    event_id: UUID
    kind: str = Field(description="Always `CANCEL_EVENT`.")
    reason: str
    state: str = Field(description="RUNNING until every booking of the event has ended, then DONE.")
    total: int = Field(description="The number of bookings that the operation has to cancel.")
    done: int = Field(description="How many of these bookings have ended.")
    actor: str = Field(description="The name of the service key that started the operation.")
    created_at: datetime
    finished_at: datetime | None


class OperationList(BaseModel):
    """The operations on an event, newest first, on one page."""

    items: list[OperationOutput]
    next_cursor: None = Field(description="Always null: there is one page.")


@router.post(
    "/close-sales",
    response_model=EventOutput,
    summary="Close the sale of an event",
    responses=with_tag(200) | problems(_404="event-not-found", _409="event-cancelled"),
)
async def close(services: WithServices, caller: Writer, event_id: UUID) -> Response:
    """Staff call this to end the sale at once; it returns the event.

    No seat can be booked or offered any more. Bookings that await payment can still be paid. The queues close.
    It needs no `If-Match`: it is right whatever else was changed, and a repeat changes nothing.
    """
    await close_sales(services, event_id, actor=caller.name)
    async with reading(services.engine) as connection:
        return tagged_event(await manage_events.find_event(connection, event_id))


@router.post(
    "/cancel",
    status_code=202,
    response_model=OperationOutput,
    summary="Cancel an event",
    responses=problems(_404="event-not-found"),
)
async def cancel(
    services: WithServices, caller: Writer, event_id: UUID, body: CancelEventInput | None = None
) -> Response:
    """Staff call this when an event does not take place; it returns the operation that cancels the bookings.

    From now on no seat can be booked. A worker cancels and refunds every booking, closes the queues and publishes each
    change. Repeating the call returns the same operation. It needs no `If-Match`: it is right whatever else was
    changed.
    """
    operation = await cancel_event(services, event_id, body.reason if body else "", actor=caller.name)
    return JsonResponse(asdict(operation), 202)


@router.get(
    "/operations",
    response_model=OperationList,
    summary="List the operations on an event",
    responses=problems(_404="event-not-found"),
)
async def operations(engine: WithEngine, _: Reader, event_id: UUID) -> Response:
    """Staff call this to follow the cancellation of an event; it returns the operations, newest first."""
    async with reading(engine) as connection:
        await manage_events.find_event(connection, event_id)
        found = await event_operations.of_event(connection, event_id)
    return JsonResponse({"items": [asdict(operation) for operation in found], "next_cursor": None})
