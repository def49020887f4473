"""The payment service: operations of the ticket service and of operators that the other folders do not call."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.operations.pages import pages
from postman.build.folders.operations.payment_invoices import INVOICES, TOO_LATE
from postman.build.folders.steps import (
    book,
    choose_seats,
    force_holds,
    force_payments,
    pay,
    requests_of,
    wait_until,
)

_call = requests_of("payment/api/v1/", "payment_key")

PAYING = Folder(
    "Paying and giving back",
    "An invoice of a booking is paid once, and refunded by staff.",
    (
        choose_seats(1),
        force_holds("ok"),
        force_payments("ok"),
        book("Book a seat", 1, keep="refunded_booking"),
        pay(),
        Request(
            "Pay twice",
            "POST",
            "payment/pay/{{pay_token}}",
            "An invoice has one payment attempt, so nobody pays twice.",
            409,
            auth=None,
            headers={"Accept": "application/json"},
            body={},
            problem="payment-already-decided",
        ),
        wait_until("BOOKED", "refunded_booking"),
        _call(
            "A paid invoice is not voided",
            "POST",
            "invoices/void",
            409,
            "The invoice is paid already. Look at `invoice_status`.",
            body={"reference": "{{refunded_booking}}"},
            problem="invoice-not-voidable",
            checks=("pm.expect(body.invoice_status).to.eql('PAID')",),
        ),
        _call(
            "Refund it",
            "POST",
            "invoices/{{invoice_number}}/refund",
            202,
            "The request is stored at once, the refund is made asynchronously. Look at `refund_requested_at`.",
            body={},
            checks=("pm.expect(body.refund_requested_at).to.be.a('string')",),
        ),
        wait_until("CANCELLED", "refunded_booking", name="Whoever has the money back has no seat"),
        Request(
            "Pay an invoice that does not exist",
            "POST",
            "payment/pay/no-such-token",
            "The token in the address is a buyer's only credential.",
            404,
            auth=None,
            headers={"Accept": "application/json"},
            body={},
            problem="not-found",
        ),
    ),
    needs_set_up=True,
)

DELIVERIES = Folder(
    "Webhook deliveries",
    "The webhooks that were sent to the ticket service, with every attempt.",
    (
        _call(
            "List deliveries",
            "GET",
            "webhook-deliveries?state=DELIVERED&limit=5",
            200,
            "The list is newest first. `state=DEAD` lists the deliveries that were given up.",
            checks=("pm.expect(body.items.length).to.be.above(0)",),
            keep={"payment_delivery": "body.items[0].id"},
        ),
        _call(
            "Deliver once more",
            "POST",
            "webhook-deliveries/{{payment_delivery}}/redeliver",
            202,
            "The webhook keeps its `webhook-id`, so that the ticket service applies it only once.",
            body={},
        ),
    ),
    needs_set_up=True,
)

PAYMENT = Folder(
    "Payment service",
    "Invoices, asynchronous payments, webhooks (aiohttp). Other services sign in with a key; buyers only ever see the "
    "hosted page.",
    (pages("payment"), INVOICES, TOO_LATE, PAYING, DELIVERIES),
)
