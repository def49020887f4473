"""Every operation of the service: where it is, who may call it, and what OpenAPI says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from payments.http import health, invoices, models, operations, payment_page
from payments.http.authentication import authenticate

API = "/api/v1"
# What cannot be a name of something is unknown, before the database is asked.
_NUMBER = "{number:[A-Za-z0-9-]{1,64}}"
_DELIVERY = "{id:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}}"
_PAYMENT = "{token:[A-Za-z0-9_-]{1,100}}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; without `scope` it needs no service key. `answers` and `refusals` are for OpenAPI."""

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    scope: str | None = None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answers: tuple[tuple[int, type[BaseModel] | None], ...] = ((200, None),)
    refusals: tuple[str, ...] = ()
    is_remembered: bool = False
    """Whether it takes an `Idempotency-Key`."""

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it, without the patterns of its parameters."""
        return re.sub(r"{(\w+):(?:[^{}]|{[^{}]*})*}", r"{\1}", self.path)

    def route(self) -> web.RouteDef:
        """The route, guarded by its scope."""
        return web.route(self.method, self.path, self._guarded if self.scope else self.handler)

    async def _guarded(self, request: web.Request) -> web.StreamResponse:
        authenticate(request, self.scope or "")
        return await self.handler(request)


_INVOICE = models.InvoiceOutput
_BODY = ("malformed-json", "body-too-large", "unsupported-media-type", "validation-error")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        f"{API}/invoices",
        invoices.create,
        "Create an invoice",
        "invoices",
        "invoices:write",
        body=models.InvoiceInput,
        answers=((201, _INVOICE), (200, _INVOICE)),
        refusals=("invoice-void", "request-in-progress", "idempotency-key-reused", *_BODY),
        is_remembered=True,
    ),
    Operation(
        "GET",
        f"{API}/invoices",
        invoices.list_,
        "List invoices",
        "invoices",
        "invoices:read",
        query=models.InvoiceQuery,
        answers=((200, models.InvoicePage),),
        refusals=("validation-error",),
    ),
    Operation(
        "POST",
        f"{API}/invoices/void",
        invoices.void,
        "Void a reference",
        "invoices",
        "invoices:write",
        body=models.VoidInput,
        answers=((200, _INVOICE),),
        refusals=("invoice-not-voidable", *_BODY),
    ),
    Operation(
        "GET",
        f"{API}/invoices/{_NUMBER}",
        invoices.get,
        "Get an invoice",
        "invoices",
        "invoices:read",
        answers=((200, _INVOICE),),
        refusals=("not-found",),
    ),
    Operation(
        "POST",
        f"{API}/invoices/{_NUMBER}/refund",
        invoices.refund,
        "Refund a paid invoice",
        "invoices",
        "invoices:write",
        body=models.Nothing,
        answers=((202, _INVOICE), (200, _INVOICE)),
        refusals=("not-found", "invoice-not-refundable", *_BODY),
    ),
    Operation(
        "GET",
        f"{API}/invoices/{_NUMBER}/timeline",
        invoices.timeline,
        "What happened to an invoice",
        "invoices",
        "invoices:read",
        answers=((200, models.Timeline),),
        refusals=("not-found",),
    ),
    Operation(
        "GET",
        f"{API}/config/webhook",
        operations.get_webhook,
        "Get the webhook URL",
        "operations",
        "config:read",
        answers=((200, models.WebhookOutput),),
    ),
    Operation(
        "PUT",
        f"{API}/config/webhook",
        operations.put_webhook,
        "Set the webhook URL",
        "operations",
        "config:write",
        body=models.WebhookInput,
        answers=((200, models.WebhookOutput),),
        refusals=_BODY,
    ),
    Operation(
        "GET",
        f"{API}/webhook-deliveries",
        operations.list_deliveries,
        "List webhook deliveries",
        "operations",
        "deliveries:read",
        query=models.DeliveryQuery,
        answers=((200, models.DeliveryPage),),
        refusals=("validation-error",),
    ),
    Operation(
        "POST",
        f"{API}/webhook-deliveries/{_DELIVERY}/redeliver",
        operations.redeliver_,
        "Deliver once more",
        "operations",
        "deliveries:write",
        body=models.Nothing,
        answers=((202, models.DeliveryOutput),),
        refusals=("not-found", "delivery-not-redeliverable", *_BODY),
    ),
    Operation("GET", f"/pay/{_PAYMENT}", payment_page.show, "The hosted payment page (HTML)", "payment page"),
    Operation(
        "GET",
        f"/pay/{_PAYMENT}/status",
        payment_page.status,
        "Where a payment is",
        "payment page",
        answers=((200, models.PaymentStatus),),
        refusals=("not-found",),
    ),
    Operation(
        "POST",
        f"/pay/{_PAYMENT}",
        payment_page.pay,
        "Pay",
        "payment page",
        body=models.Nothing,
        answers=((202, models.PaymentStarted), (303, None)),
        refusals=("not-found", "payment-already-decided", "invoice-expired", *_BODY),
    ),
    Operation("GET", "/healthz", health.healthz, "The process lives", "health"),
    Operation("GET", "/readyz", health.readyz, "The dependencies answer", "health", refusals=("not-ready",)),
    Operation("GET", "/metrics", health.metrics, "Prometheus metrics (text)", "health"),
)

SIMULATION_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/simulation",
        operations.get_simulation,
        "How payments behave",
        "simulation",
        "simulation:read",
        answers=((200, models.SimulationOutput),),
    ),
    Operation(
        "PUT",
        "/simulation",
        operations.put_simulation,
        "Change how payments behave",
        "simulation",
        "simulation:write",
        body=models.SimulationInput,
        answers=((200, models.SimulationOutput),),
        refusals=_BODY,
    ),
)
