"""The operations of the hosted payment page, which the buyer's browser calls."""

from __future__ import annotations

from payments.http import answers, inputs, payment_page
from payments.http.operation import Answer, Operation
from payments.http.routes.common import BODY_PROBLEMS

# A text that no token can have is answered with 404 without asking the database.
_PAGE = "/pay/{token:[A-Za-z0-9_-]{1,100}}"
_TAG = "payment page"

PAYMENT_PAGE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path=_PAGE,
        handler=payment_page.get_page,
        summary="Shows the payment page of an invoice.",
        description=(
            "The buyer opens this HTML page from the booking's `payment_url`. It shows amount, description, deadline "
            "and state of the invoice, and a button to pay. Opening it changes nothing."
        ),
        tag=_TAG,
        answers=(Answer(200, "The HTML page is returned."),),
        refusals=("not-found",),
    ),
    Operation(
        method="GET",
        path=f"{_PAGE}/status",
        handler=payment_page.get_status,
        summary="Returns the status of a payment.",
        description="The payment page polls this to learn the outcome of the payment or the end of its time.",
        tag=_TAG,
        answers=(Answer(200, "The status is returned.", answers.PaymentStatus),),
        refusals=("not-found",),
    ),
    Operation(
        method="POST",
        path=_PAGE,
        handler=payment_page.post_payment,
        summary="Pays an invoice.",
        description=(
            "The payment page calls this when the buyer presses its button. It begins the only payment attempt of the "
            "invoice, which is `PROCESSING` until a worker settles it as `PAID` or `FAILED`. A program gets the "
            "status; a browser's form is redirected to the page, which shows the outcome or why no attempt began."
        ),
        tag=_TAG,
        body=inputs.Nothing,
        answers=(
            Answer(202, "The payment attempt has begun.", answers.PaymentStarted),
            Answer(303, "The browser is redirected to the payment page."),
        ),
        refusals=("not-found", "payment-already-decided", "invoice-expired", *BODY_PROBLEMS),
    ),
)
