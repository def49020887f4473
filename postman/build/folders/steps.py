"""Requests that several folders share: forcing an outcome, choosing seats, booking, paying, waiting."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from postman.build.dsl import Method, Request

LIVE_BOOKING = (
    "pm.expect(body.status).to.eql('AWAITING_PAYMENT')",
    "pm.expect(body.invoice_number).to.be.a('string')",
    "pm.expect(body.payment_url).to.match(/^http/)",
)
NOWHERE = "00000000-0000-4000-8000-000000000000"
SLOW_ORGANIZER, SLOW_PAYMENT = 1000, 3000
"""The latencies, in milliseconds, that some requests set. The set-up resets these values, so that a simulator does not
stay slow after an interrupted run.
"""

CONTROL = "Simulation control, for showing both outcomes on demand; it exists only with `SIMULATION_CONTROLS=true`."


def requests_of(base: str, auth: str | None) -> Callable[..., Request]:
    """Returns a function that makes requests below one address with one credential.

    Its arguments are name, method, path, status and description, then the other fields of `Request`.
    """

    def make(name: str, method: Method, path: str, expect: int, description: str, **more: Any) -> Request:
        return Request(name, method, f"{base}{path}", description, expect, auth=auth, **more)

    return make


def force_holds(*outcomes: str) -> Request:
    """Forces the outcomes of the next holds, at any organizer of the simulator."""
    return Request(
        f"The organizer will answer: {', '.join(outcomes)}",
        "PUT",
        "organizer/simulation",
        f"{CONTROL} The next holds are decided; those after them are left to chance.",
        200,
        body={"next_outcomes": list(outcomes)},
        auth="organizer_key",
    )


def force_payments(*outcomes: str) -> Request:
    """Forces the outcomes of the next payments."""
    return Request(
        f"Payment will answer: {', '.join(outcomes)}",
        "PUT",
        "payment/simulation",
        f"{CONTROL} The next payments are decided; those after them are left to chance.",
        200,
        body={"next_outcomes": list(outcomes)},
        auth="payment_key",
    )


def set_latency(name: str, service: str, milliseconds: int | str, *outcomes: str) -> Request:
    """Sets how long the organizers or payment take from now on; with `outcomes`, also forces the next outcomes."""
    decided = f'"next_outcomes": {json.dumps(outcomes)}, ' if outcomes else ""
    return Request(
        name,
        "PUT",
        f"{service}/simulation",
        f"{CONTROL} `latency_ms` delays every answer of an organizer's system, and every outcome of a payment.",
        200,
        raw=f'{{{decided}"latency_ms": {milliseconds}}}',
        auth=f"{service}_key",
    )


ORGANIZER_AS_BEFORE = set_latency("The organizer is as fast as before", "organizer", "{{organizer_latency}}")
PAYMENT_AS_BEFORE = set_latency("Payment is as fast as before", "payment", "{{payment_latency}}")


def choose_seats(count: int) -> Request:
    """Keeps ids of OPEN seats as `seat_1` to `seat_<count>`, so that a folder can run any number of times."""
    return Request(
        "Choose open seats",
        "GET",
        f"ticket/api/v1/events/{{{{event_id}}}}/seats?status=OPEN&limit={count}",
        f"Picks seats of the event that are OPEN now ({count} of them); the requests below use them.",
        200,
        auth="ticket_key",
        checks=(f"pm.expect(body.items).to.have.length({count})",),
        keep={f"seat_{number}": f"body.items[{number - 1}].id" for number in range(1, count + 1)},
    )


def seat_map_changes(event: str) -> Request:
    """Listens to the changes of a seat map, only for its beginning."""
    return Request(
        "The changes of the seat map",
        "GET",
        f"client/api/v1/events/{{{{{event}}}}}/seat-map/changes?seconds=0",
        "Server-sent events: first the states of all seats, then those that change. Without `seconds`, it lasts "
        "as long as the caller listens: `curl -N` shows each event as it comes.",
        200,
        auth=None,
        after=(
            "const text = pm.response.text();",
            "pm.test('the map comes first, then the sale', () => {",
            '    pm.expect(text).to.match(/^event: map\\ndata: {"layout":"[0-9a-f]{16}","states":"[ogb]+"}\\n\\n/);',
            '    pm.expect(text).to.include(\'event: sale\\ndata: {"status":"ON_SALE"}\');',
            "});",
        ),
    )


def seat_map(service: str, auth: str | None, event: str, *, section: str, price: int) -> tuple[Request, ...]:
    """Reads the map of an event whose first seat is A 1 of `section`, again with its tag, and looks up that seat."""
    path = f"{service}/api/v1/events/{{{{{event}}}}}"
    place = quote(f'["{section}","A",1]', safe="")
    return (
        Request(
            "The seat map",
            "GET",
            f"{path}/seat-map",
            "All seats in a compact form, without ids: `runs` has the first number, the last number and the index of "
            "the price; `states` one character for each seat: o OPEN, g ON_GOING, b BOOKED.",
            200,
            auth=auth,
            checks=(
                f"pm.expect(body.sections[0].section).to.eql('{section}')",
                f"pm.expect(body.prices).to.eql([{price}])",
                "pm.expect(body.states).to.match(/^[ogb]+$/)",
            ),
            keep={"map_tag": "pm.response.headers.get('ETag')"},
        ),
        Request(
            "The seat map, unchanged",
            "GET",
            f"{path}/seat-map",
            "The caller names the content that it has, so no body is sent.",
            304,
            auth=auth,
            headers={"If-None-Match": "{{map_tag}}"},
        ),
        Request(
            "A seat of the map",
            "GET",
            f"{path}/seats?at={place}",
            "Seats of the map are looked up by section, row and number. Look at the id, which a booking needs.",
            200,
            auth=auth,
            checks=("pm.expect(body.items.map(seat => [seat.row, seat.number])).to.eql([['A', 1]])",),
        ),
        Request(
            "A malformed place",
            "GET",
            f"{path}/seats?at=A1",
            "Refused: a place is a JSON array of section, row and number. `errors` names the place that is wrong.",
            422,
            auth=auth,
            problem="validation-error",
            wrong_fields=("at.0",),
        ),
    )


def best_seats(service: str, auth: str | None, event: str, *, price: int, count: int) -> tuple[Request, ...]:
    """Asks for the best `count` seats of an event where all seats cost `price`, in vain, and wrongly."""
    path = f"{service}/api/v1/events/{{{{{event}}}}}/best-seats"
    return (
        Request(
            "The best seats together",
            "GET",
            f"{path}?count={count}&max_price={price}&seed=postman",
            "Free seats that follow each other in one row, close to the centre and to the front, with the ids that a "
            "booking needs. Nothing is held: the booking decides.",
            200,
            auth=auth,
            checks=(
                f"pm.expect(body.proposal.seats).to.have.length({count})",
                f"pm.expect(body.proposal.seats.every(seat => seat.price === {price})).to.be.true",
                "pm.expect(body.proposal.adjacent).to.be.true",
            ),
        ),
        Request(
            "No seats at that price",
            "GET",
            f"{path}?count={count}&max_price={price - 1}",
            "No seats fit: the proposal is null, which is no error.",
            200,
            auth=auth,
            checks=("pm.expect(body.proposal).to.be.null",),
        ),
        Request(
            "Too many seats",
            "GET",
            f"{path}?count=11",
            "Refused: a booking has at most ten seats.",
            422,
            auth=auth,
            problem="validation-error",
            wrong_fields=("count",),
        ),
    )


def seats_of_event(*seats: int) -> dict[str, object]:
    """Returns the body of a booking of the chosen seats."""
    return {"event_id": "{{event_id}}", "seat_ids": [f"{{{{seat_{seat}}}}}" for seat in seats]}


def book(
    name: str,
    *seats: int,
    keep: str,
    who: str = "buyer",
    headers: dict[str, str] | None = None,
    checks: tuple[str, ...] = (),
) -> Request:
    """Books the chosen seats; keeps the booking's id as `keep`, its invoice as `invoice_number` and `pay_token`."""
    return Request(
        name,
        "POST",
        "client/api/v1/bookings",
        "Client asks ticket to take the seats, ticket asks the organizer to hold them and payment for an invoice. "
        "Look at the status, the invoice number and the payment URL.",
        201,
        body=seats_of_event(*seats),
        auth=f"{who}_token",
        headers=headers or {},
        checks=(*LIVE_BOOKING, *checks),
        keep={
            keep: "body.id",
            "pay_token": "body.payment_url.split('/').pop()",
            "invoice_number": "body.invoice_number",
        },
    )


def book_refused(
    name: str, seat: int, expect: int, problem: str, description: str, *, keep: str, who: str = "buyer"
) -> Request:
    """Makes a booking that is refused and stored as FAILED; keeps its id as `keep`."""
    return Request(
        name,
        "POST",
        "client/api/v1/bookings",
        description,
        expect,
        body=seats_of_event(seat),
        auth=f"{who}_token",
        problem=problem,
        checks=("pm.expect(body.booking_id).to.be.a('string')",),
        keep={keep: "body.booking_id"},
    )


def pay(name: str = "Pay on the hosted page") -> Request:
    """Pays the invoice of the booking that was made or read last."""
    return Request(
        name,
        "POST",
        "payment/pay/{{pay_token}}",
        "What the Pay button does. Look at the status: payment has only begun, and works on it asynchronously.",
        202,
        auth=None,
        headers={"Accept": "application/json"},
        body={},
        checks=("pm.expect(body.status).to.eql('PROCESSING')",),
    )


def wait_until(status: str, booking: str, who: str = "buyer", name: str | None = None) -> Request:
    """Reads a booking until it has the status."""
    return Request(
        name or f"Wait until the booking is {status}",
        "GET",
        f"client/api/v1/bookings/{{{{{booking}}}}}",
        "The buyer's own view, which ticket's webhooks keep up to date. Asks again until it is so.",
        200,
        auth=f"{who}_token",
        until=f"body.status === '{status}'",
    )


def wait_for_seat(status: str, seat: int, name: str | None = None) -> Request:
    """Reads a seat until it has the status."""
    return Request(
        name or f"The seat is {status}",
        "GET",
        f"ticket/api/v1/events/{{{{event_id}}}}/seats/{{{{seat_{seat}}}}}",
        "Ticket's own view of the seat. Look at its status.",
        200,
        auth="ticket_key",
        until=f"body.status === '{status}'",
    )


def read_booking(name: str, booking: str, description: str, *checks: str, who: str = "buyer") -> Request:
    """Reads a booking once, as its buyer."""
    return Request(
        name,
        "GET",
        f"client/api/v1/bookings/{{{{{booking}}}}}",
        description,
        200,
        auth=f"{who}_token",
        checks=checks,
    )


def cancel(name: str, booking: str, description: str, who: str = "buyer") -> Request:
    """Cancels a booking, as its buyer."""
    return Request(
        name,
        "POST",
        f"client/api/v1/bookings/{{{{{booking}}}}}/cancel",
        description,
        200,
        body={},
        auth=f"{who}_token",
        checks=("pm.expect(body.status).to.eql('CANCELLED')",),
    )
