"""The payment service: the operations on invoices, which the ticket service calls."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.steps import requests_of

SHORT_MILLISECONDS = 1000
_call = requests_of("payment/api/v1/", "payment_key")


def _new_invoice(reference: str, expires_at: str = "{{in_29_days}}", amount: int = 50000) -> dict[str, object]:
    return {
        "reference": reference,
        "amount": amount,
        "currency": "IDR",
        "description": "One seat",
        "customer": {"id": "{{buyer_id}}", "name": "Ani", "email": "ani@example.com"},
        "expires_at": expires_at,
    }


INVOICES = Folder(
    "Invoices: create, read, void",
    "The ticket service calls these operations. Each `reference`, which is a booking's id, has one invoice.",
    (
        _call(
            "Create an invoice",
            "POST",
            "invoices",
            201,
            "Look at `number` and `payment_url`.",
            before=("pm.collectionVariables.set('own_reference', pm.variables.replaceIn('{{$guid}}'));",),
            body=_new_invoice("{{own_reference}}"),
            checks=("pm.expect(body.status).to.eql('PENDING')",),
            keep={"own_invoice": "body.number"},
        ),
        _call(
            "Create it again",
            "POST",
            "invoices",
            200,
            "The reference is the same, so the answer is the existing invoice, and no second one is created.",
            body=_new_invoice("{{own_reference}}"),
            checks=("pm.expect(body.number).to.eql(pm.collectionVariables.get('own_invoice'))",),
        ),
        _call(
            "Create it for another amount",
            "POST",
            "invoices",
            422,
            "The existing invoice of the reference has another amount, so the request is refused.",
            body=_new_invoice("{{own_reference}}", amount=60000),
            problem="idempotency-key-reused",
        ),
        _call(
            "Create one without an amount",
            "POST",
            "invoices",
            422,
            "The missing field is named.",
            body={key: value for key, value in _new_invoice("{{$guid}}").items() if key != "amount"},
            problem="validation-error",
            wrong_fields=("amount",),
        ),
        _call(
            "Read it",
            "GET",
            "invoices/{{own_invoice}}",
            200,
            "An invoice is found by its number.",
            checks=("pm.expect(body.reference).to.eql(pm.collectionVariables.get('own_reference'))",),
        ),
        _call(
            "Read one that does not exist",
            "GET",
            "invoices/INV-00000000-NOWHERE",
            404,
            "No invoice has this number.",
            problem="not-found",
        ),
        _call(
            "Void it",
            "POST",
            "invoices/void",
            200,
            "An invoice is voided by its reference. From now on it can never be paid.",
            body={"reference": "{{own_reference}}"},
            checks=("pm.expect(body.status).to.eql('VOID')",),
        ),
        _call(
            "A void reference gets no new invoice",
            "POST",
            "invoices",
            409,
            "A late request cannot create an invoice for a booking that has ended.",
            body=_new_invoice("{{own_reference}}"),
            problem="invoice-void",
        ),
        _call(
            "A void invoice is not refunded",
            "POST",
            "invoices/{{own_invoice}}/refund",
            409,
            "Nothing was paid, so there is nothing to refund.",
            body={},
            problem="invoice-not-refundable",
        ),
        _call(
            "What happened to it",
            "GET",
            "invoices/{{own_invoice}}/timeline",
            200,
            "Look at `items`: the invoice was created, then voided.",
            checks=("pm.expect(body.items.map(step => step.to_status)).to.eql(['PENDING', 'VOID'])",),
        ),
    ),
    needs_set_up=True,
)

TOO_LATE = Folder(
    "Too late to pay",
    f"An invoice that can be paid for {SHORT_MILLISECONDS} ms.",
    (
        _call(
            "Create an invoice that expires soon",
            "POST",
            "invoices",
            201,
            "Look at `expires_at`.",
            before=(
                "pm.collectionVariables.set('short_reference', pm.variables.replaceIn('{{$guid}}'));",
                f"pm.collectionVariables.set('soon', new Date(Date.now() + {SHORT_MILLISECONDS}).toISOString());",
            ),
            body=_new_invoice("{{short_reference}}", "{{soon}}"),
            keep={"short_token": "body.payment_url.split('/').pop()"},
        ),
        Request(
            "Pay when it has expired",
            "POST",
            "payment/pay/{{short_token}}",
            "The script before this request waits until it is too late.",
            409,
            auth=None,
            headers={"Accept": "application/json"},
            body={},
            before=(f"setTimeout(() => {{}}, {SHORT_MILLISECONDS} + 100);",),
            problem="invoice-expired",
        ),
        _call(
            "Void it",
            "POST",
            "invoices/void",
            200,
            "The ticket service does this with the invoice of a booking that has expired.",
            body={"reference": "{{short_reference}}"},
        ),
    ),
    needs_set_up=True,
)
