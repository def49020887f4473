"""What the assignment asks of the payment app."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.steps import book, choose_seats, force_holds, force_payments, pay, wait_for_seat, wait_until

ASYNCHRONOUS = Folder(
    "Processes payments asynchronously",
    "The answer to the payment comes at once and says PROCESSING; the outcome comes later.",
    (
        choose_seats(1),
        force_holds("ok"),
        force_payments("ok"),
        book("Book a seat", 1, keep="settled_booking"),
        Request(
            "Open the payment page",
            "GET",
            "payment/pay/{{pay_token}}",
            "The hosted page as the buyer's browser sees it: what, how much, a countdown and the Pay button.",
            200,
            auth=None,
            headers={"Accept": "text/html"},
            checks=("pm.expect(pm.response.text()).to.include('750.000')",),
        ),
        pay(),
        Request(
            "The payment is being processed",
            "GET",
            "payment/pay/{{pay_token}}/status",
            "The page polls this status while it waits for the outcome.",
            200,
            auth=None,
            checks=("pm.expect(['PROCESSING', 'PAID']).to.include(body.status)",),
        ),
        Request(
            "Later it is paid",
            "GET",
            "payment/pay/{{pay_token}}/status",
            "Asks again until the payment has ended.",
            200,
            auth=None,
            until="body.status === 'PAID'",
        ),
        wait_until("BOOKED", "settled_booking"),
    ),
    needs_set_up=True,
)

FAILS = Folder(
    "With a 10 % failure rate (random simulation)",
    "The failure on demand. The rate itself is shown by the fifty bookings of *Ticket app / It fails 20 % of the "
    "time*: about 4 of 40 payments fail.",
    (
        choose_seats(1),
        force_holds("ok"),
        force_payments("fail"),
        book("Book a seat", 1, keep="failed_booking"),
        pay("Pay: it will fail"),
        wait_until("FAILED", "failed_booking"),
        wait_for_seat("OPEN", 1, "The seat is open again"),
        Request(
            "The rate",
            "GET",
            "payment/simulation",
            "`failure_rate` is the probability with which a payment fails if nothing is forced: 0.1 by default.",
            200,
            auth="payment_key",
            checks=("pm.expect(body.failure_rate).to.be.within(0, 1)",),
        ),
    ),
    needs_set_up=True,
)


def _invoice(name: str, booking: str, status: str) -> Request:
    return Request(
        name,
        "GET",
        f"payment/api/v1/invoices?reference={{{{{booking}}}}}",
        "The row of the payment app's own database. It is still there after a restart of the service.",
        200,
        auth="payment_key",
        checks=(f"pm.expect(body.items.map(invoice => invoice.status)).to.eql(['{status}'])",),
        keep={f"{status.lower()}_invoice": "body.items[0].number"},
    )


STORED = Folder(
    "Stores invoices persistently, successful or not",
    "The invoices of the two folders before: one was paid, one failed, both are stored.",
    (
        _invoice("The invoice that was paid", "settled_booking", "PAID"),
        _invoice("The invoice whose payment failed", "failed_booking", "FAILED"),
        Request(
            "All failed invoices",
            "GET",
            "payment/api/v1/invoices?status=FAILED&limit=5",
            "The list can be filtered by status and reference.",
            200,
            auth="payment_key",
            checks=("pm.expect(body.items.every(invoice => invoice.status === 'FAILED')).to.be.true",),
        ),
    ),
    needs_set_up=True,
    needs={"settled_booking": ASYNCHRONOUS.name, "failed_booking": FAILS.name},
)


def _called(name: str, invoice: str, webhook: str) -> Request:
    return Request(
        name,
        "GET",
        f"payment/api/v1/webhook-deliveries?invoice={{{{{invoice}}}}}",
        f"The webhook `{webhook}` with every attempt. Look at `state` and at the ticket app's answer.",
        200,
        auth="payment_key",
        until="body.items.length === 1 && body.items[0].state === 'DELIVERED'",
        checks=(f"pm.expect(body.items[0].type).to.eql('{webhook}')",),
    )


CALLS = Folder(
    "When done, either way, it calls the webhook WEBHOOK_URL with the outcome",
    "It is called every time a payment process ends, success or failure: here for the two payments of the folders "
    "before.",
    (
        _called("Called after the success", "paid_invoice", "invoice.paid"),
        _called("Called after the failure", "failed_invoice", "invoice.failed"),
    ),
    needs_set_up=True,
    needs={"paid_invoice": STORED.name, "failed_invoice": STORED.name},
)

CONFIGURED = Folder(
    "It stores WEBHOOK_URL as configuration: an endpoint of the ticket app",
    "The first value comes from the environment; from then on the stored one counts.",
    (
        Request(
            "Read WEBHOOK_URL",
            "GET",
            "payment/api/v1/config/webhook",
            "Look at `url`: it is the ticket app's endpoint for payments.",
            200,
            auth="payment_key",
            checks=("pm.expect(body.url).to.match(/webhooks\\/payment$/)",),
            keep={"webhook_url": "body.url"},
        ),
        Request(
            "Change WEBHOOK_URL",
            "PUT",
            "payment/api/v1/config/webhook",
            "Sets the URL to its old value, so that no webhook is lost.",
            200,
            auth="payment_key",
            body={"url": "{{webhook_url}}"},
            checks=("pm.expect(body.url).to.eql(pm.collectionVariables.get('webhook_url'))",),
        ),
        Request(
            "A WEBHOOK_URL that is no address",
            "PUT",
            "payment/api/v1/config/webhook",
            "Refused, and the field is named.",
            422,
            auth="payment_key",
            body={"url": "somewhere"},
            problem="validation-error",
            wrong_fields=("url",),
        ),
    ),
    needs_set_up=True,
)

PAYMENT_APP = Folder(
    "Payment app",
    "The payment app simulates a payment gateway: invoices, a hosted payment page, outcomes by webhook.",
    (ASYNCHRONOUS, FAILS, STORED, CALLS, CONFIGURED),
)
