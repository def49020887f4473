"""A folder for each story that the platform must be able to tell, on every run."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.steps import book, organizer_will, pay, payment_will, seat_is, wait_until

BOOKING_PAID = Folder(
    "Booking paid",
    "The main road: hold, invoice, payment, PDF.",
    (
        organizer_will("ok"),
        payment_will("ok"),
        book("Book two seats", 0, 1, keep="paid_booking"),
        Request(
            "Book them again: refused",
            "POST",
            "client/api/v1/bookings",
            "The same seats for somebody else. The refusal is stored in the rival's history as a failed booking.",
            409,
            body={"event_id": "{{event_id}}", "seat_ids": ["{{seat_1}}"]},
            auth="rival_token",
            problem="seat-unavailable",
            checks=("pm.expect(body.booking_id).to.be.a('string')",),
            keep={"refused_booking": "body.booking_id"},
        ),
        Request(
            "Open the payment page",
            "GET",
            "payment/pay/{{pay_token}}",
            "The hosted page as the buyer's browser sees it.",
            200,
            auth=None,
            headers={"Accept": "text/html"},
            checks=(
                "pm.expect(pm.response.headers.get('Content-Type')).to.include('text/html')",
                "pm.expect(pm.response.text()).to.include('1.500.000')",
            ),
        ),
        pay(),
        wait_until("BOOKED", "paid_booking"),
        Request(
            "Wait for the PDF's link",
            "GET",
            "client/api/v1/bookings/{{paid_booking}}/ticket",
            "A fresh presigned link into the object store, valid for some minutes, with the SHA-256 of the PDF.",
            200,
            until="body.url",
            checks=("pm.expect(body.sha256).to.match(/^[0-9a-f]{64}$/)",),
            keep={"pdf_url": "body.url"},
        ),
        Request(
            "Download the PDF",
            "GET",
            "pdf",
            "As a browser would: no key, only the link.",
            200,
            auth=None,
            checks=("pm.expect(pm.response.text()).to.match(/^%PDF-/)",),
        ),
        seat_is("BOOKED", 0),
        Request(
            "Ask ticket for the status by hand",
            "POST",
            "client/api/v1/bookings/{{paid_booking}}/refresh",
            "The manual status check of the assignment.",
            200,
            schema="booking",
            checks=("pm.expect(body.status).to.eql('BOOKED')", "pm.expect(body.ticket_available).to.be.true"),
        ),
        Request(
            "Read its timeline",
            "GET",
            "client/api/v1/bookings/{{paid_booking}}/timeline",
            "Every step in order, across the services.",
            200,
            checks=(
                (
                    "pm.expect(body.items.map(step => step.to_status)).to.include.members(['HOLDING', "
                    "'AWAITING_PAYMENT', 'BOOKED'])"
                ),
                "pm.expect(body.items.map(step => step.at)).to.eql(body.items.map(step => step.at).sort())",
            ),
        ),
    ),
)

ORGANIZER_DECLINES = Folder(
    "Organizer declines",
    "One hold in five is declined by the event's own system. The buyer is told, the failed booking is stored, the "
    "seat is open again.",
    (
        organizer_will("fail"),
        Request(
            "Book a seat: declined",
            "POST",
            "client/api/v1/bookings",
            "The organizer is asked once; its decline is answered at once.",
            502,
            body={"event_id": "{{event_id}}", "seat_ids": ["{{seat_2}}"]},
            problem="organizer-declined",
            checks=("pm.expect(body.booking_id).to.be.a('string')",),
            keep={"declined_booking": "body.booking_id"},
        ),
        Request(
            "It is in the history",
            "GET",
            "client/api/v1/bookings/{{declined_booking}}",
            "Failed bookings are kept, with the reason.",
            200,
            schema="booking",
            checks=(
                "pm.expect(body.status).to.eql('FAILED')",
                "pm.expect(body.failure_reason).to.eql('ORGANIZER_DECLINED')",
            ),
        ),
        seat_is("OPEN", 2),
        Request(
            "All failed bookings",
            "GET",
            "client/api/v1/bookings?status=FAILED",
            "The history can be filtered by status.",
            200,
            checks=("pm.expect(body.items.every(booking => booking.status === 'FAILED')).to.be.true",),
        ),
    ),
)

PAYMENT_FAILS = Folder(
    "Payment fails",
    "One payment in ten fails. The booking ends, the seat is released, the buyer gets a notice.",
    (
        organizer_will("ok"),
        payment_will("fail"),
        book("Book a seat", 3, keep="unpaid_booking"),
        pay("Pay: it will fail"),
        wait_until("FAILED", "unpaid_booking"),
        Request(
            "The reason is stored",
            "GET",
            "client/api/v1/bookings/{{unpaid_booking}}",
            "",
            200,
            checks=("pm.expect(body.failure_reason).to.eql('PAYMENT_FAILED')",),
        ),
        Request(
            "The invoice says so too",
            "GET",
            "payment/api/v1/invoices/{{invoice_number}}",
            "Invoices are stored, successful or not.",
            200,
            auth="payment_key",
            schema="invoice",
            checks=("pm.expect(body.status).to.eql('FAILED')",),
        ),
        Request(
            "The webhook was delivered",
            "GET",
            "payment/api/v1/webhook-deliveries?invoice={{invoice_number}}",
            "`WEBHOOK_URL` is called every time a payment ends, either way.",
            200,
            auth="payment_key",
            until="body.items.length > 0 && body.items[0].state === 'DELIVERED'",
        ),
        seat_is("OPEN", 3, "The seat is open again"),
    ),
)


def _event_starts(name: str, at: str) -> Request:
    return Request(
        name,
        "PATCH",
        "ticket/api/v1/events/{{event_id}}",
        "Staff moves the event.",
        200,
        body={"starts_at": at},
        auth="ticket_key",
    )


CANCEL = Folder(
    "Cancel",
    "A paid booking is cancelled: refunded, released, and cancelling again changes nothing.",
    (
        organizer_will("ok"),
        payment_will("ok"),
        book("Book a seat", 4, keep="cancelled_booking"),
        pay(),
        wait_until("BOOKED", "cancelled_booking"),
        _event_starts("The event begins", "2020-01-01T12:00:00Z"),
        Request(
            "The buyer is too late",
            "POST",
            "client/api/v1/bookings/{{cancelled_booking}}/cancel",
            "Once the event has begun, only staff gives a buyer the money back.",
            409,
            body={},
            problem="event-started",
        ),
        _event_starts("The event is put off", "{{in_30_days}}"),
        Request(
            "Cancel it",
            "POST",
            "client/api/v1/bookings/{{cancelled_booking}}/cancel",
            "A paid booking is refunded.",
            200,
            body={},
            schema="booking",
            checks=("pm.expect(body.status).to.eql('CANCELLED')",),
        ),
        Request(
            "Cancel it again",
            "POST",
            "client/api/v1/bookings/{{cancelled_booking}}/cancel",
            "Answers the same; nothing happens twice.",
            200,
            body={},
            checks=("pm.expect(body.status).to.eql('CANCELLED')",),
        ),
        Request(
            "Wait until the money is back",
            "GET",
            "payment/api/v1/invoices/{{invoice_number}}",
            "The refund is asynchronous, too.",
            200,
            auth="payment_key",
            until="body.status === 'REFUNDED'",
            schema="invoice",
        ),
        seat_is("OPEN", 4, "The seat is open again"),
    ),
)

QUEUE = Folder(
    "Queue and promotion",
    "The rival queues for the buyer's seat. When the buyer cancels, the seat passes to the rival without ever being "
    "open.",
    (
        organizer_will("ok", "ok"),
        payment_will("ok", "ok"),
        book("The buyer books a seat", 5, keep="first_booking"),
        pay("The buyer pays"),
        wait_until("BOOKED", "first_booking"),
        Request(
            "The rival joins the queue",
            "POST",
            "client/api/v1/waitlist",
            "A queue belongs to one particular seat.",
            201,
            body={"seat_id": "{{seat_5}}"},
            auth="rival_token",
            schema="waitlist_entry",
            checks=("pm.expect(body.status).to.eql('WAITING')", "pm.expect(body.position).to.eql(1)"),
            keep={"waitlist_entry": "body.id"},
        ),
        Request(
            "Joining twice is refused",
            "POST",
            "client/api/v1/waitlist",
            "",
            409,
            body={"seat_id": "{{seat_5}}"},
            auth="rival_token",
            problem="already-queued",
        ),
        Request(
            "Nobody queues for a seat of their own",
            "POST",
            "client/api/v1/waitlist",
            "",
            409,
            body={"seat_id": "{{seat_5}}"},
            problem="seat-already-yours",
        ),
        Request(
            "Nobody queues for an open seat",
            "POST",
            "client/api/v1/waitlist",
            "",
            409,
            body={"seat_id": "{{seat_9}}"},
            problem="seat-open",
        ),
        Request(
            "The buyer cancels",
            "POST",
            "client/api/v1/bookings/{{first_booking}}/cancel",
            "",
            200,
            body={},
            checks=("pm.expect(body.status).to.eql('CANCELLED')",),
        ),
        Request(
            "The rival gets an offer",
            "GET",
            "client/api/v1/waitlist/{{waitlist_entry}}",
            "The entry names the booking that the seat has passed to.",
            200,
            auth="rival_token",
            until="body.status === 'OFFERED' && body.booking_id && body.offer_expires_at",
            keep={"promoted_booking": "body.booking_id"},
        ),
        Request(
            "The offered booking awaits payment",
            "GET",
            "client/api/v1/bookings/{{promoted_booking}}",
            "",
            200,
            auth="rival_token",
            until="body.status === 'AWAITING_PAYMENT'",
            schema="booking",
            keep={"pay_token": "body.payment_url.split('/').pop()"},
        ),
        pay("The rival pays"),
        wait_until("BOOKED", "promoted_booking", "rival", "The rival has the seat"),
        Request(
            "The entry is fulfilled",
            "GET",
            "client/api/v1/waitlist/{{waitlist_entry}}",
            "",
            200,
            auth="rival_token",
            until="body.status === 'FULFILLED'",
        ),
        Request(
            "The rival was notified",
            "GET",
            "client/api/v1/notifications",
            "In the application; an email with the payment link was sent, too.",
            200,
            auth="rival_token",
            checks=(
                (
                    "pm.expect(body.items.some(notification => notification.booking_id === "
                    "pm.collectionVariables.get('promoted_booking'))).to.be.true"
                ),
            ),
        ),
    ),
)

IDEMPOTENT = Folder(
    "Idempotent repeat",
    "A request that is sent again with its key gets the first answer again; nothing is booked twice.",
    (
        organizer_will("ok"),
        book("Book with a key", 6, keep="keyed_booking", headers={"Idempotency-Key": "postman-{{run}}"}),
        Request(
            "The same again",
            "POST",
            "client/api/v1/bookings",
            "Same key, same body: the first answer again.",
            201,
            body={"event_id": "{{event_id}}", "seat_ids": ["{{seat_6}}"]},
            headers={"Idempotency-Key": "postman-{{run}}"},
            checks=(
                "pm.expect(body.id).to.eql(pm.collectionVariables.get('keyed_booking'))",
                "pm.expect(pm.response.headers.get('Idempotent-Replay')).to.eql('true')",
            ),
        ),
        Request(
            "The key for something else",
            "POST",
            "client/api/v1/bookings",
            "Same key, other body: refused.",
            422,
            body={"event_id": "{{event_id}}", "seat_ids": ["{{seat_7}}"]},
            headers={"Idempotency-Key": "postman-{{run}}"},
            problem="idempotency-key-reused",
        ),
        Request(
            "Give the seat back",
            "POST",
            "client/api/v1/bookings/{{keyed_booking}}/cancel",
            "Unpaid: the invoice is voided.",
            200,
            body={},
        ),
    ),
)

CHANCE = Folder(
    "Left to chance",
    "The same booking with nothing forced: the organizer declines one in five, payment fails one in ten. Whatever "
    "comes must be one of the honest endings, "
    "so this folder is green on every run although its outcome differs.",
    (
        Request(
            "Book, and see",
            "POST",
            "client/api/v1/bookings",
            "Either held, or declined by the organizer; stored in both cases.",
            (201, 502),
            body={"event_id": "{{event_id}}", "seat_ids": ["{{seat_8}}"]},
            checks=(
                (
                    "pm.expect(pm.response.code === 201 ? body.status === 'AWAITING_PAYMENT' : body.type === "
                    "'organizer-declined').to.be.true"
                ),
                "pm.expect(body.id || body.booking_id).to.be.a('string')",
            ),
            keep={
                "chance_booking": "body.id || body.booking_id",
                "pay_token": "(body.payment_url || '/none').split('/').pop()",
            },
        ),
        Request(
            "Pay, if there is anything to pay",
            "POST",
            "payment/pay/{{pay_token}}",
            "Without an invoice there is no such page.",
            (202, 404),
            auth=None,
            headers={"Accept": "application/json"},
            body={},
        ),
        Request(
            "See how it ended",
            "GET",
            "client/api/v1/bookings/{{chance_booking}}",
            "BOOKED, or FAILED with its reason.",
            200,
            until="['BOOKED', 'FAILED'].includes(body.status)",
            schema="booking",
            checks=(
                (
                    "pm.expect(body.status === 'BOOKED' || ['ORGANIZER_DECLINED', "
                    "'PAYMENT_FAILED'].includes(body.failure_reason)).to.be.true"
                ),
            ),
        ),
    ),
)
