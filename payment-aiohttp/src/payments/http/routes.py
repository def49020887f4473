"""Every operation of the service."""

from __future__ import annotations

from payments.http import answers, health, inputs, invoices, operations, payment_page
from payments.http.operation import Operation

API = "/api/v1"
# What cannot be a name of something is unknown, before the database is asked.
_NUMBER = "{number:[A-Za-z0-9-]{1,64}}"
_DELIVERY = "{id:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}}"
_PAYMENT = "{token:[A-Za-z0-9_-]{1,100}}"


_INVOICE = answers.InvoiceOutput
_BODY = ("malformed-json", "body-too-large", "unsupported-media-type", "validation-error")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        f"{API}/invoices",
        invoices.create,
        "Create an invoice",
        "invoices",
        "invoices:write",
        body=inputs.InvoiceInput,
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
        query=inputs.InvoiceQuery,
        answers=((200, answers.InvoicePage),),
        refusals=("validation-error",),
    ),
    Operation(
        "POST",
        f"{API}/invoices/void",
        invoices.void,
        "Void a reference",
        "invoices",
        "invoices:write",
        body=inputs.VoidInput,
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
        body=inputs.Nothing,
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
        answers=((200, answers.Timeline),),
        refusals=("not-found",),
    ),
    Operation(
        "GET",
        f"{API}/config/webhook",
        operations.get_webhook,
        "Get the webhook URL",
        "operations",
        "config:read",
        answers=((200, answers.WebhookOutput),),
    ),
    Operation(
        "PUT",
        f"{API}/config/webhook",
        operations.put_webhook,
        "Set the webhook URL",
        "operations",
        "config:write",
        body=inputs.WebhookInput,
        answers=((200, answers.WebhookOutput),),
        refusals=_BODY,
    ),
    Operation(
        "GET",
        f"{API}/webhook-deliveries",
        operations.list_deliveries,
        "List webhook deliveries",
        "operations",
        "deliveries:read",
        query=inputs.DeliveryQuery,
        answers=((200, answers.DeliveryPage),),
        refusals=("validation-error",),
    ),
    Operation(
        "POST",
        f"{API}/webhook-deliveries/{_DELIVERY}/redeliver",
        operations.redeliver_,
        "Deliver once more",
        "operations",
        "deliveries:write",
        body=inputs.Nothing,
        answers=((202, answers.DeliveryOutput),),
        refusals=("not-found", "delivery-not-redeliverable", *_BODY),
    ),
    Operation("GET", f"/pay/{_PAYMENT}", payment_page.show, "The hosted payment page (HTML)", "payment page"),
    Operation(
        "GET",
        f"/pay/{_PAYMENT}/status",
        payment_page.status,
        "Where a payment is",
        "payment page",
        answers=((200, answers.PaymentStatus),),
        refusals=("not-found",),
    ),
    Operation(
        "POST",
        f"/pay/{_PAYMENT}",
        payment_page.pay,
        "Pay",
        "payment page",
        body=inputs.Nothing,
        answers=((202, answers.PaymentStarted), (303, None)),
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
        answers=((200, answers.SimulationOutput),),
    ),
    Operation(
        "PUT",
        "/simulation",
        operations.put_simulation,
        "Change how payments behave",
        "simulation",
        "simulation:write",
        body=inputs.SimulationInput,
        answers=((200, answers.SimulationOutput),),
        refusals=_BODY,
    ),
)
