"""What staff does to a whole event: close its sale, cancel it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel
from servicekit.db.engine import reading

from ticketing.db.catalogue import event_operations
from ticketing.http.authentication import Caller, require
from ticketing.http.documented import problems
from ticketing.http.events import EventOutput, represent
from ticketing.http.models import Input
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithEngine, WithServices
from ticketing.http.texts import Reason
from ticketing.usecases.catalogue import manage_events
from ticketing.usecases.operations.cancel_event import cancel_event
from ticketing.usecases.operations.close_sales import close_sales

router = APIRouter(prefix="/events/{event_id}", tags=["event operations"])

Reader = Annotated[Caller, Depends(require("operations:read"))]
Writer = Annotated[Caller, Depends(require("operations:write"))]


class CancelEventInput(Input):
    """Why the event does not take place."""

    reason: Reason = ""


class OperationOutput(BaseModel):
    """An operation on an event; `done` of `total` bookings have been dealt with; `state` is RUNNING or DONE."""

    id: UUID
    event_id: UUID
    kind: str
    reason: str
    state: str
    total: int
    done: int
    actor: str
    created_at: datetime
    finished_at: datetime | None


class OperationList(BaseModel):
    """An event's operations, newest first; never more than one page."""

    items: list[OperationOutput]
    next_cursor: None


@router.post(
    "/close-sales",
    response_model=EventOutput,
    summary="Close the sale",
    responses=problems(_404="event-not-found", _409="event-cancelled"),
)
async def close(services: WithServices, caller: Writer, event_id: UUID) -> Response:
    """Now. What is being paid goes on; queues close."""
    await close_sales(services, event_id, actor=caller.name)
    async with reading(services.engine) as connection:
        return JsonResponse(represent(await manage_events.find_event(connection, event_id)))


@router.post(
    "/cancel",
    status_code=202,
    response_model=OperationOutput,
    summary="Cancel the event",
    responses=problems(_404="event-not-found"),
)
async def cancel(
    services: WithServices, caller: Writer, event_id: UUID, body: CancelEventInput | None = None
) -> Response:
    """Every booking is cancelled and refunded, queues are closed, everybody is told, in the background; repeated, the
    same operation again.
    """
    operation = await cancel_event(services, event_id, body.reason if body else "", actor=caller.name)
    return JsonResponse(asdict(operation), 202)


@router.get(
    "/operations",
    response_model=OperationList,
    summary="An event's operations",
    responses=problems(_404="event-not-found"),
)
async def operations(engine: WithEngine, _: Reader, event_id: UUID) -> Response:
    """With their progress."""
    async with reading(engine) as connection:
        await manage_events.find_event(connection, event_id)
        found = await event_operations.of_event(connection, event_id)
    return JsonResponse({"items": [asdict(operation) for operation in found], "next_cursor": None})
