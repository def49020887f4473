"""Fifty bookings and their payments, decided by chance at the rates of the assignment."""

from __future__ import annotations

from dataclasses import replace

from postman.build.dsl import Folder, Request
from postman.build.folders.set_up import register, sign_in
from postman.build.folders.steps import CONTROL, pay

BOOKINGS = 50
HOLD_RATE, DECLINED = 0.2, (5, 15)
PAYMENT_RATE, UNPAID = 0.1, (1, 8)
"""The rates of the assignment, and the numbers of failures that are accepted as these rates."""
SEED = 17
"""With this seed, 10 of the first 50 holds are declined and 4 of the first 40 payments fail: exactly the rates."""


def _chance(name: str, service: str, rate: float | str, seed: int | str, description: str) -> Request:
    return Request(
        name,
        "PUT",
        f"{service}/simulation",
        description,
        200,
        raw=f'{{"next_outcomes": [], "failure_rate": {rate}, "seed": {seed}}}',
        auth=f"{service}_key",
    )


SEEDED = (
    "With this seed, every run has the same outcomes; without a seed, the share of failures varies around the rate."
)

BOOK, PAY, WAIT = "Book seat after seat", "Pay for the seat at once", "Wait until every payment has ended"
AFTER_BOOKING = (
    "const attempts = Number(pm.collectionVariables.get('attempts')) + 1;",
    "pm.collectionVariables.set('attempts', attempts);",
    f"const next = attempts < {BOOKINGS} ? '{BOOK}' : '{WAIT}';",
    "pm.collectionVariables.set('next', next);",
    "if (pm.response.code !== 201) pm.execution.setNextRequest(next);",
)
"""The next request pays for a held seat; a declined booking is skipped."""

CROWD = Folder(
    f"{BOOKINGS} bookings, left to chance",
    f"One buyer books {BOOKINGS} seats one after another and pays at once for those that are held. Nothing is forced: "
    "the organizer declines with a probability of 20 %, payment fails with one of 10 %, both drawn from a seed.",
    (
        register("crowd"),
        sign_in("crowd"),
        Request(
            "Choose open seats",
            "GET",
            f"ticket/api/v1/events/{{{{event_id}}}}/seats?status=OPEN&limit={BOOKINGS}",
            f"Picks {BOOKINGS} seats that are OPEN now.",
            200,
            auth="ticket_key",
            checks=(f"pm.expect(body.items).to.have.length({BOOKINGS})",),
            keep={"crowd_seats": "JSON.stringify(body.items.map(seat => seat.id))"},
            after=("pm.collectionVariables.set('attempts', 0);",),
        ),
        _chance(
            f"The organizer declines {HOLD_RATE:.0%}",
            "organizer",
            HOLD_RATE,
            SEED,
            f"{CONTROL} {SEEDED}",
        ),
        _chance(
            f"Payment fails {PAYMENT_RATE:.0%}",
            "payment",
            PAYMENT_RATE,
            SEED,
            f"{CONTROL} {SEEDED}",
        ),
        Request(
            BOOK,
            "POST",
            "client/api/v1/bookings",
            f"This request and the next repeat themselves until {BOOKINGS} seats were requested. On an overloaded "
            "machine, the answer may also be 503.",
            (201, 502, 503),
            auth="crowd_token",
            body={"event_id": "{{event_id}}", "seat_ids": ["{{crowd_seat}}"]},
            before=(
                "const seats = JSON.parse(pm.collectionVariables.get('crowd_seats'));",
                "const number = Number(pm.collectionVariables.get('attempts'));",
                "pm.collectionVariables.set('crowd_seat', seats[number]);",
            ),
            keep={"pay_token": "(body.payment_url || '').split('/').pop()"},
            after=AFTER_BOOKING,
        ),
        replace(pay(PAY), after=("pm.execution.setNextRequest(pm.collectionVariables.get('next'));",)),
        Request(
            WAIT,
            "GET",
            "ticket/api/v1/bookings?customer_id={{crowd_id}}&status=AWAITING_PAYMENT&limit=1",
            "Payments are processed asynchronously. Asks again until none is under way.",
            200,
            auth="ticket_key",
            until="body.items.length === 0",
        ),
        Request(
            "Count the failures",
            "GET",
            "ticket/api/v1/bookings?customer_id={{crowd_id}}&status=FAILED&limit=100",
            f"Look at the tests: about {HOLD_RATE * BOOKINGS:.0f} of {BOOKINGS} holds were declined (20 %), and about "
            f"{PAYMENT_RATE * (1 - HOLD_RATE) * BOOKINGS:.0f} of the {(1 - HOLD_RATE) * BOOKINGS:.0f} payments failed "
            "(10 %).",
            200,
            auth="ticket_key",
            checks=(
                (
                    "pm.expect(body.items.filter(booking => booking.failure_reason === 'ORGANIZER_DECLINED').length)"
                    f".to.be.within{DECLINED}"
                ),
                (
                    "pm.expect(body.items.filter(booking => booking.failure_reason === 'PAYMENT_FAILED').length)"
                    f".to.be.within{UNPAID}"
                ),
            ),
        ),
        Request(
            "Count the successes",
            "GET",
            "ticket/api/v1/bookings?customer_id={{crowd_id}}&status=BOOKED&limit=100",
            "All bookings that did not fail have succeeded.",
            200,
            auth="ticket_key",
            checks=(f"pm.expect(body.items.length).to.be.at.least({BOOKINGS - DECLINED[1] - UNPAID[1]})",),
            keep={"crowd_booked": "body.items.length"},
        ),
        Request(
            "The buyer's own view says the same",
            "GET",
            "client/api/v1/bookings?status=BOOKED&limit=100",
            "Asks again until the client app has received the webhook about the last success.",
            200,
            auth="crowd_token",
            until="body.items.length === Number(pm.collectionVariables.get('crowd_booked'))",
        ),
        _chance(
            "The organizer declines as before",
            "organizer",
            "{{organizer_rate}}",
            "{{organizer_seed}}",
            "Sets what the set-up found before the run.",
        ),
        _chance(
            "Payment fails as before",
            "payment",
            "{{payment_rate}}",
            "{{payment_seed}}",
            "Sets what the set-up found before the run.",
        ),
    ),
)
