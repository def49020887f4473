"""The operations on invoices, which the ticket service calls."""

from __future__ import annotations

from payments.http import answers, inputs, invoices
from payments.http.operation import Answer, Operation
from payments.http.routes.common import API, BODY_PROBLEMS

# A text that no invoice number can have is answered with 404 without asking the database.
_INVOICE = f"{API}/invoices/{{number:[A-Za-z0-9-]{{1,64}}}}"
_TAG = "invoices"
_READ, _WRITE = "invoices:read", "invoices:write"

INVOICE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path=f"{API}/invoices",
        handler=invoices.post_invoice,
        summary="Creates an invoice for a booking.",
        description=(
            "The ticket service calls this when the organizer has held the seats. It returns the invoice with the URL "
            "of its payment page. A reference has one invoice: a repeated request returns the existing invoice, and "
            "moves the deadline of a `PENDING` one to `expires_at` if that is later. A reference that was voided is "
            "refused."
        ),
        tag=_TAG,
        scope=_WRITE,
        body=inputs.InvoiceInput,
        answers=(
            Answer(201, "The invoice was created.", answers.InvoiceOutput),
            Answer(200, "The reference has an invoice already, which is returned.", answers.InvoiceOutput),
        ),
        refusals=("invoice-void", "request-in-progress", "idempotency-key-reused", *BODY_PROBLEMS),
        takes_idempotency_key=True,
    ),
    Operation(
        method="GET",
        path=f"{API}/invoices",
        handler=invoices.get_invoices,
        summary="Lists invoices, newest first.",
        description=(
            "The ticket service and operators call this to find invoices by reference or status. It returns one page "
            "and the cursor of the next one."
        ),
        tag=_TAG,
        scope=_READ,
        query=inputs.InvoiceQuery,
        answers=(Answer(200, "The page of invoices is returned.", answers.InvoicePage),),
        refusals=("validation-error",),
    ),
    Operation(
        method="POST",
        path=f"{API}/invoices/void",
        handler=invoices.post_void,
        summary="Voids the invoice of a reference.",
        description=(
            "The ticket service calls this when a booking ends before it is paid. It returns the invoice, which is "
            "`VOID` and can never be paid. A reference without an invoice gets a tombstone, so that a late request to "
            "create its invoice is refused. Repeating the call changes nothing. An invoice that is being paid, or "
            "whose payment has been decided, is refused; the problem carries the invoice."
        ),
        tag=_TAG,
        scope=_WRITE,
        body=inputs.VoidInput,
        answers=(Answer(200, "The reference is void; its invoice or tombstone is returned.", answers.InvoiceOutput),),
        refusals=("invoice-not-voidable", *BODY_PROBLEMS),
    ),
    Operation(
        method="GET",
        path=_INVOICE,
        handler=invoices.get_invoice,
        summary="Returns an invoice.",
        description="The ticket service and operators call this to read the current state of one invoice.",
        tag=_TAG,
        scope=_READ,
        answers=(Answer(200, "The invoice is returned.", answers.InvoiceOutput),),
        refusals=("not-found",),
    ),
    Operation(
        method="POST",
        path=f"{_INVOICE}/refund",
        handler=invoices.post_refund,
        summary="Requests the refund of a paid invoice.",
        description=(
            "The ticket service calls this when a paid booking ends. It returns the invoice, which stays `PAID` with "
            "`refund_requested_at` set until a worker makes the refund; the webhook event `invoice.refunded` reports "
            "that. Repeating the call requests no second refund."
        ),
        tag=_TAG,
        scope=_WRITE,
        body=inputs.Nothing,
        answers=(
            Answer(202, "The refund is requested and not made yet; the invoice is returned.", answers.InvoiceOutput),
            Answer(200, "The refund was made before; the invoice is returned.", answers.InvoiceOutput),
        ),
        refusals=("not-found", "invoice-not-refundable", *BODY_PROBLEMS),
    ),
    Operation(
        method="GET",
        path=f"{_INVOICE}/timeline",
        handler=invoices.get_timeline,
        summary="Returns the timeline of an invoice.",
        description=(
            "The ticket service calls this for the timeline of a booking. It returns every change of the invoice, "
            "oldest first, with the caller who made it."
        ),
        tag=_TAG,
        scope=_READ,
        answers=(Answer(200, "The timeline is returned.", answers.Timeline),),
        refusals=("not-found",),
    ),
)
