"""`/webhook-deliveries`: what the client service was told, and what it could not be told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel
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
    """One attempt; `status_code` is null when no answer came."""

    number: int
    at: datetime
    status_code: int | None
    latency_ms: int
    error: str | None


class DeliveryOutput(BaseModel):
    """A webhook to the client service; `id` is its `webhook-id`."""

    id: UUID
    type: str
    subject_id: UUID
    subject_version: int
    state: DeliveryState
    attempts: list[AttemptOutput]
    next_attempt_at: datetime | None
    request_id: str | None
    created_at: datetime
    delivered_at: datetime | None


class DeliveryPage(Page):
    """The newest first."""

    items: list[DeliveryOutput]


@router.get("", response_model=DeliveryPage, summary="List webhook deliveries")
async def list_(
    engine: WithEngine,
    _: Annotated[Caller, Depends(require("operations:read"))],
    state: DeliveryState | None = None,
    subject_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """The newest first, each with its attempts; `state=DEAD` are those given up."""
    after = read_cursor(cursor, tuple[Moment, UUID])
    async with reading(engine) as connection:
        wanted = {"state": state, "subject_id": subject_id}
        rows = await DELIVERIES.find(connection, wanted, after=after, limit=limit + 1)
    return JsonResponse(page(rows, limit, sort_values=lambda row: [row.created_at, row.id]))


@router.post(
    "/{delivery_id}/redeliver",
    status_code=202,
    response_model=DeliveryOutput,
    summary="Deliver once more",
    responses=problems(_404="not-found", _409="delivery-not-redeliverable"),
)
async def redeliver_(
    services: WithServices, _: Annotated[Caller, Depends(require("operations:write"))], delivery_id: UUID
) -> Response:
    """One more attempt under the same `webhook-id`, at once; for deliveries that are DELIVERED or DEAD."""
    return JsonResponse(await redeliver(services, delivery_id), 202)
