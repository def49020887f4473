"""`POST /webhooks/payment`: payment tells what became of an invoice (DESIGN section 5)."""

from __future__ import annotations

import binascii
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ValidationError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from ticketing.http.documented import problems
from ticketing.http.problems import UNAUTHENTICATED, VALIDATION_ERROR, HttpError
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithServices
from ticketing.integrations.gateways import Invoice
from ticketing.settings import Settings
from ticketing.usecases.receive_webhook import InvoiceNews, receive_webhook

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


class InvoiceWebhook(BaseModel):
    """Unknown fields are tolerated."""

    type: Literal["invoice.paid", "invoice.failed", "invoice.refunded"]
    data: Invoice


class Received(BaseModel):
    """What became of it."""

    effect: Literal["applied", "ignored", "duplicate"]


@router.post(
    "/payment",
    response_model=Received,
    summary="An invoice was paid, failed or refunded",
    responses=problems(_401="unauthenticated", _413="body-too-large", _422="validation-error", _503="subject-unknown"),
)
async def receive(services: WithServices, request: Request) -> Response:
    """Signed by Standard Webhooks. 503 while the booking is not ready for it, so that it comes again."""
    body = await request.body()
    _verify(services.settings, body, request)
    try:
        webhook = InvoiceWebhook.model_validate_json(body)
    except ValidationError as error:
        raise HttpError(VALIDATION_ERROR, "The webhook is signed but not readable.") from error
    news = InvoiceNews(request.headers["webhook-id"], webhook.type, webhook.data)
    return JsonResponse({"effect": await receive_webhook(services, news)})


def _verify(settings: Settings, body: bytes, request: Request) -> None:
    """Raise unless one of our secrets signed exactly these bytes within the last five minutes."""
    headers = {name: value for name, value in request.headers.items() if name.startswith("webhook-")}
    for secret in settings.ticket_webhook_secret.get_secret_value().split():
        try:
            Webhook(secret).verify(body, headers)
        except (WebhookVerificationError, ValueError, binascii.Error):
            # The library says in several ways that something is malformed; UnicodeDecodeError is a ValueError too.
            continue
        return
    raise HttpError(UNAUTHENTICATED, "The webhook's signature is missing, wrong or too old.")
