"""Requests that several stories share: forcing an outcome, booking, paying, waiting."""

from __future__ import annotations

from postman.build.dsl import Request

LIVE_BOOKING = (
    "pm.expect(body.status).to.eql('AWAITING_PAYMENT')",
    "pm.expect(body.invoice_number).to.be.a('string')",
    "pm.expect(body.payment_url).to.match(/^http/)",
)


def organizer_will(*outcomes: str) -> Request:
    """The next holds, at any organizer of the simulator, end so."""
    return Request(
        f"The organizer will answer: {', '.join(outcomes)}",
        "PUT",
        "organizer/simulation",
        "Simulation control: the next draws are not left to chance. Exists only with `SIMULATION_CONTROLS=true`.",
        200,
        body={"next_outcomes": list(outcomes)},
        auth="organizer_key",
    )


def payment_will(*outcomes: str) -> Request:
    """The next payments end so."""
    return Request(
        f"Payment will answer: {', '.join(outcomes)}",
        "PUT",
        "payment/simulation",
        "Simulation control: the next draws are not left to chance. Exists only with `SIMULATION_CONTROLS=true`.",
        200,
        body={"next_outcomes": list(outcomes)},
        auth="payment_key",
    )


def book(name: str, *seats: int, keep: str, who: str = "buyer", headers: dict[str, str] | None = None) -> Request:
    """Book seats of the event of the set-up; the booking's id is kept as `keep`."""
    return Request(
        name,
        "POST",
        "client/api/v1/bookings",
        "Asks ticket to take the seats, ticket asks the organizer to hold them and payment for an invoice. Answers "
        "invoice number and payment URL.",
        201,
        body={"event_id": "{{event_id}}", "seat_ids": [f"{{{{seat_{seat}}}}}" for seat in seats]},
        auth=f"{who}_token",
        headers=headers or {},
        schema="booking",
        checks=LIVE_BOOKING,
        keep={
            keep: "body.id",
            "pay_token": "body.payment_url.split('/').pop()",
            "invoice_number": "body.invoice_number",
        },
    )


def pay(name: str = "Pay on the hosted page") -> Request:
    """Pay the invoice of the booking that was made or looked at last."""
    return Request(
        name,
        "POST",
        "payment/pay/{{pay_token}}",
        "What the Pay button does. Payment works on it asynchronously.",
        202,
        auth=None,
        headers={"Accept": "application/json", "Content-Type": "application/json"},
        body={},
        checks=("pm.expect(body.status).to.eql('PROCESSING')",),
    )


def wait_until(status: str, booking: str, who: str = "buyer", name: str | None = None) -> Request:
    """Look at a booking until it has the status."""
    return Request(
        name or f"Wait until it is {status}",
        "GET",
        f"client/api/v1/bookings/{{{{{booking}}}}}",
        "The buyer's own view, kept up to date by ticket's webhooks.",
        200,
        auth=f"{who}_token",
        until=f"body.status === '{status}'",
        schema="booking",
    )


def seat_is(status: str, seat: int, name: str | None = None) -> Request:
    """Look at a seat until it has the status."""
    return Request(
        name or f"The seat is {status}",
        "GET",
        f"ticket/api/v1/events/{{{{event_id}}}}/seats/{{{{seat_{seat}}}}}",
        "Ticket's own view of one seat.",
        200,
        auth="ticket_key",
        until=f"body.status === '{status}'",
    )
