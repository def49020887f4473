"""What the platform does beyond the assignment: cancelling, repeating, the end of a sale, bad input."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.bad_input import BAD_INPUT
from postman.build.folders.sale_ends import SALE_ENDS
from postman.build.folders.steps import (
    NOWHERE,
    PAYMENT_AS_BEFORE,
    SLOW_PAYMENT,
    book,
    cancel,
    choose_seats,
    force_holds,
    pay,
    read_booking,
    seats_of_event,
    set_latency,
    wait_for_seat,
    wait_until,
)
from postman.build.folders.unpaid_seats import UNPAID_SEATS
from postman.build.folders.webhooks import WEBHOOKS


def _event_starts(name: str, at: str) -> Request:
    return Request(
        name,
        "PATCH",
        "ticket/api/v1/events/{{event_id}}",
        "Staff changes when the event starts.",
        200,
        body={"starts_at": at},
        auth="ticket_key",
        based_on="event_tag",
        keep_tag="event_tag",
    )


def _cancel_refused(name: str, booking: str, problem: str, description: str, expect: int = 409) -> Request:
    return Request(
        name,
        "POST",
        f"client/api/v1/bookings/{booking}/cancel",
        description,
        expect,
        body={},
        problem=problem,
    )


CANCEL = Folder(
    "Cancel and refund",
    "A booking is cancelled in each of its states. A paid one is refunded, and cancelling again changes nothing.",
    (
        choose_seats(1),
        force_holds("ok"),
        set_latency("Payment is slow", "payment", SLOW_PAYMENT, "ok"),
        book("Book a seat", 1, keep="cancelled_booking"),
        pay(),
        _cancel_refused(
            "Too early: the payment is being processed",
            "{{cancelled_booking}}",
            "payment-in-progress",
            "The outcome of the payment decides first.",
        ),
        PAYMENT_AS_BEFORE,
        wait_until("BOOKED", "cancelled_booking"),
        _event_starts("The event begins", "2020-01-01T12:00:00Z"),
        _cancel_refused(
            "Too late: the event has begun",
            "{{cancelled_booking}}",
            "event-started",
            "Once the event has begun, only staff gives a buyer the money back.",
        ),
        _event_starts("The event is put off", "{{in_30_days}}"),
        cancel("Cancel it", "cancelled_booking", "The paid booking is cancelled; its money goes back."),
        cancel("Cancel it again", "cancelled_booking", "The answer is the same, and the repeat changes nothing."),
        Request(
            "Wait until the money is back",
            "GET",
            "payment/api/v1/invoices/{{invoice_number}}",
            "The refund is asynchronous, too. Asks again until the invoice is REFUNDED.",
            200,
            auth="payment_key",
            until="body.status === 'REFUNDED'",
        ),
        wait_for_seat("OPEN", 1, "The seat is open again"),
        force_holds("fail"),
        Request(
            "A booking that fails",
            "POST",
            "client/api/v1/bookings",
            "The organizer declines, so the booking ends as FAILED.",
            502,
            body=seats_of_event(1),
            problem="organizer-declined",
            keep={"ended_booking": "body.booking_id"},
        ),
        _cancel_refused(
            "A failed booking is not cancelled",
            "{{ended_booking}}",
            "booking-already-ended",
            "The booking has ended already.",
        ),
        _cancel_refused("An unknown booking is not cancelled", NOWHERE, "not-found", "No booking has this id.", 404),
    ),
    needs_set_up=True,
)

IDEMPOTENT = Folder(
    "The same request twice",
    "A request that is sent again with its `Idempotency-Key` gets the first answer again; nothing is booked twice.",
    (
        choose_seats(2),
        force_holds("ok"),
        book(
            "Book with a key",
            1,
            keep="keyed_booking",
            headers={"Idempotency-Key": "postman-{{seat_1}}-{{run}}"},
        ),
        Request(
            "The same again",
            "POST",
            "client/api/v1/bookings",
            "Same key, same body. Look at the id and at the header `Idempotent-Replay`.",
            201,
            body=seats_of_event(1),
            headers={"Idempotency-Key": "postman-{{seat_1}}-{{run}}"},
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
            body=seats_of_event(2),
            headers={"Idempotency-Key": "postman-{{seat_1}}-{{run}}"},
            problem="idempotency-key-reused",
        ),
        cancel("Give the seat back", "keyed_booking", "Unpaid: the invoice is voided."),
    ),
    needs_set_up=True,
)

TAKEN = Folder(
    "A seat is never sold twice",
    "Two buyers want the same seat. The second is refused, and the refusal is stored in that buyer's history.",
    (
        choose_seats(2),
        force_holds("ok"),
        book("The buyer books two seats", 1, 2, keep="taken_booking"),
        Request(
            "The rival wants one of them",
            "POST",
            "client/api/v1/bookings",
            "A booking gets all of its seats or none. Look at `type` and at `booking_id`.",
            409,
            body=seats_of_event(2),
            auth="rival_token",
            problem="seat-unavailable",
            keep={"refused_booking": "body.booking_id"},
        ),
        read_booking(
            "The refusal is stored",
            "refused_booking",
            "The history of the rival has a failed booking. Look at `failure_reason`.",
            "pm.expect(body.status).to.eql('FAILED')",
            "pm.expect(body.failure_reason).to.eql('SEAT_UNAVAILABLE')",
            who="rival",
        ),
        cancel("The buyer gives them back", "taken_booking", "Unpaid: the invoice is voided."),
    ),
    needs_set_up=True,
)

BEYOND = Folder(
    "2 Beyond the assignment",
    "What goes wrong in real life: two buyers of one seat, a repeated request, a cancellation in every state, a buyer "
    "who takes too many seats, the end of a sale, forged messages, bad input.",
    (TAKEN, IDEMPOTENT, CANCEL, UNPAID_SEATS, SALE_ENDS, WEBHOOKS, BAD_INPUT),
)
