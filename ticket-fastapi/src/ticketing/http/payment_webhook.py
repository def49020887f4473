"""`POST /webhooks/payment`: receives the payment service's events about invoices (docs/booking.md, Webhooks)."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, ValidationError
from servicekit.problems import UNAUTHENTICATED, VALIDATION_ERROR
from servicekit.signatures import SignatureError, verify

from ticketing.http.documented import problems
from ticketing.http.problems import HttpError
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithServices
from ticketing.integrations.gateways import Invoice
from ticketing.usecases.payment.receive_webhook import InvoiceEvent, receive_webhook

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


class InvoiceWebhook(BaseModel):
    """A webhook event of the payment service; fields that are not listed are ignored."""

    type: Literal["invoice.paid", "invoice.failed", "invoice.refunded"]
    data: Invoice


class Received(BaseModel):
    """The effect of a webhook event."""

    effect: Literal["applied", "ignored", "duplicate"] = Field(
        description="`duplicate`: this webhook was received before. `ignored`: it is older than what is known, or the "
        "booking does not need it."
    )


@router.post(
    "/payment",
    response_model=Received,
    summary="Receive a webhook event about an invoice",
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
    the booking does not exist or is still HOLDING, so that the payment service tries again.
    """
    body = await request.body()
    secrets = services.settings.ticket_webhook_secret.get_secret_value().split()
    try:
        webhook_id = verify(body=body, headers=request.headers, secrets=secrets)
    except SignatureError as error:
        raise HttpError(UNAUTHENTICATED, "The webhook's signature is missing, wrong or too old.") from error
    try:
        webhook = InvoiceWebhook.model_validate_json(body)
    except ValidationError as error:
        raise HttpError(VALIDATION_ERROR, "The webhook is signed but not readable.") from error
    event = InvoiceEvent(webhook_id, webhook.type, webhook.data)
    return JsonResponse({"effect": await receive_webhook(services, event)})
