"""`/webhook-deliveries`: the webhook events for the client service, their attempts, and redelivery."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field
from servicekit.cursors import page, read_cursor
from servicekit.db.engine import reading
from servicekit.delivery import DeliveryState

from ticketing.db.webhooks.deliveries import DELIVERIES
from ticketing.http.authentication import Caller, require
from ticketing.http.documented import problems
from ticketing.http.models import Moment
from ticketing.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithEngine, WithServices
from ticketing.usecases.webhooks.deliver_webhook import redeliver

router = APIRouter(prefix="/webhook-deliveries", tags=["operations"])


class AttemptOutput(BaseModel):
    """One attempt to deliver a webhook event."""

    number: int
    at: datetime
    status_code: int | None = Field(description="The HTTP status of the answer; null if none came.")
    latency_ms: int
    error: str | None = Field(description="Why the attempt failed; null if it succeeded.")


class DeliveryOutput(BaseModel):
    """The delivery of one webhook event to the client service."""

    id: UUID = Field(description="The `webhook-id` header of every attempt.")
    type: str = Field(description="`booking.updated` or `waitlist.updated`.")
    subject_id: UUID = Field(description="The id of the booking or waitlist entry that changed.")
    subject_version: int = Field(description="The version of the booking or waitlist entry that the event carries.")
    state: DeliveryState = Field(description="PENDING is still tried; DEAD was given up after the last attempt.")
    attempts: list[AttemptOutput]
    next_attempt_at: datetime | None = Field(description="Null unless the delivery is PENDING.")
    request_id: str | None = Field(description="The id of the request that caused the event.")
    created_at: datetime
    delivered_at: datetime | None


class DeliveryPage(Page):
    """Deliveries, newest first."""

    items: list[DeliveryOutput]


@router.get("", response_model=DeliveryPage, summary="List webhook deliveries, newest first")
async def list_(
    engine: WithEngine,
    _: Annotated[Caller, Depends(require("operations:read"))],
    state: Annotated[DeliveryState | None, Query(description="Only deliveries in this state.")] = None,
    subject_id: Annotated[
        UUID | None, Query(description="Only deliveries about the booking or waitlist entry with this id.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """Staff call this to see which webhook events the client service has received; `state=DEAD` lists the failed ones.

    It returns one page of deliveries with their attempts, and the cursor of the next page.
    """
    after = read_cursor(cursor, tuple[Moment, UUID])
    async with reading(engine) as connection:
        wanted = {"state": state, "subject_id": subject_id}
        rows = await DELIVERIES.find(connection, wanted, after=after, limit=limit + 1)
    return JsonResponse(page(rows, limit, sort_values=lambda row: [row.created_at, row.id]))


@router.post(
    "/{delivery_id}/redeliver",
    status_code=202,
    response_model=DeliveryOutput,
    summary="Deliver a webhook event again",
    responses=problems(_404="not-found", _409="delivery-not-redeliverable"),
)
async def redeliver_(
    services: WithServices, _: Annotated[Caller, Depends(require("operations:write"))], delivery_id: UUID
) -> Response:
    """Staff call this to repeat a delivery that is DELIVERED or DEAD.

    It returns the delivery, which is PENDING. A worker makes the next attempt at once, under the same `webhook-id`.
    """
    return JsonResponse(await redeliver(services, delivery_id), 202)
