"""`POST /webhooks/payment`: receives the payment service's events about invoices (docs/booking.md, Webhooks)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from servicekit.db.availability import is_unavailable
from servicekit.errors import DomainError
from servicekit.http.received_batches import ReceivedBatch, ReceivedItem
from servicekit.problems import INTERNAL_ERROR, UNAUTHENTICATED, VALIDATION_ERROR
from servicekit.signatures import SignatureError, verify
from servicekit.tracing import tracing

from ticketing.http.documented import problems
from ticketing.http.problems import HttpError, problem_of
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithServices
from ticketing.integrations.gateways import Invoice
from ticketing.services import Services
from ticketing.usecases.payment.receive_batch import receive_payments
from ticketing.usecases.payment.receive_webhook import InvoiceEvent, receive_webhook

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


class InvoiceWebhook(BaseModel):
    """A webhook event of the payment service; fields that are not listed are ignored."""

    type: Literal["invoice.paid", "invoice.failed", "invoice.refunded"]
    data: Invoice


class Batch(BaseModel):
    """Several events in one request."""

    type: Literal["batch"]
    data: ReceivedBatch


_WEBHOOKS: TypeAdapter[InvoiceWebhook | Batch] = TypeAdapter(
    Annotated[InvoiceWebhook | Batch, Field(discriminator="type")]
)


class Received(BaseModel):
    """The effect of a webhook event."""

    effect: Literal["applied", "ignored", "duplicate"] = Field(
        description="`duplicate`: this webhook was received before. `ignored`: it is older than what is known, or the "
        "booking does not need it."
    )


class ItemReceived(BaseModel):
    """What became of one event of a batch."""

    id: str = Field(description="The `id` of the item.")
    status: int = Field(description="The status that the event would have been answered with if it had come alone.")


class BatchReceived(BaseModel):
    """What became of each event of a batch."""

    items: list[ItemReceived] = Field(description="One for each item, in the same order.")


log = structlog.get_logger()


@router.post(
    "/payment",
    response_model=Received | BatchReceived,
    summary="Receive webhook events about invoices",
    responses=problems(
        _401="unauthenticated",
        _413="body-too-large",
        _422="validation-error",
        _500="internal-error",
        _503="subject-unknown not-ready",
    ),
)
async def receive(services: WithServices, request: Request) -> Response:
    """The payment service calls this when an invoice was paid, failed or refunded; it returns the effect.

    The request is signed as Standard Webhooks describes. Each `webhook-id` takes effect once. The answer is 503 while
    the booking does not exist or is still HOLDING, so that the payment service tries again. Several events may come in
    one request of type `batch`; each is applied for itself, and the answer has a status for each.
    """
    body = await request.body()
    secrets = services.settings.ticket_webhook_secret.get_secret_value().split()
    try:
        webhook_id = verify(body=body, headers=request.headers, secrets=secrets)
    except SignatureError as error:
        raise HttpError(UNAUTHENTICATED, "The webhook's signature is missing, wrong or too old.") from error
    try:
        webhook = _WEBHOOKS.validate_json(body)
    except ValidationError as error:
        raise HttpError(VALIDATION_ERROR, "The webhook is signed but not readable.") from error
    if isinstance(webhook, Batch):
        return JsonResponse({"items": await _receive_items(services, webhook.data.items)})
    event = InvoiceEvent(webhook_id, webhook.type, webhook.data)
    return JsonResponse({"effect": await receive_webhook(services, event)})


async def _receive_items(services: Services, items: Sequence[ReceivedItem]) -> list[dict[str, object]]:
    """Applies the events of a batch; returns, for each, the status that it would be answered with alone.

    Raises only if the database is away, which is the answer to the whole batch.
    """
    events = [(event, item.trace) for item in items if (event := _readable(item)) is not None]
    done = await receive_payments(services, events)
    # One after the other, since two may be about one booking.
    return [{"id": item.id, "status": 200 if item.id in done else await _status_of(services, item)} for item in items]


def _readable(item: ReceivedItem) -> InvoiceEvent | None:
    try:
        return _event_of(item)
    except ValidationError:
        return None


def _event_of(item: ReceivedItem) -> InvoiceEvent:
    webhook = InvoiceWebhook.model_validate_json(item.event())
    return InvoiceEvent(item.id, webhook.type, webhook.data)


async def _status_of(services: Services, item: ReceivedItem) -> int:
    """Applies one event of a batch; returns the status that it would be answered with if it had come alone.

    Raises only if the database is away, which is the answer to the whole batch.
    """
    with tracing(item.trace):
        try:
            await receive_webhook(services, _event_of(item))
        except ValidationError:
            return VALIDATION_ERROR.status
        except DomainError as error:
            return problem_of(error).status
        except Exception as error:
            if is_unavailable(error):
                raise
            log.exception("webhook.defect", webhook_id=item.id)
            return INTERNAL_ERROR.status
    return 200
