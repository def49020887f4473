"""The ticket service: the operations on bookings, which the client service calls."""

from __future__ import annotations

from postman.build.dsl import Folder
from postman.build.folders.steps import choose_seats, force_holds, requests_of, seats_of_event

BUYER = {"id": "{{buyer_id}}", "name": "Postman Buyer", "email": "buyer-{{run}}@example.com"}
RIVAL = {"id": "{{rival_id}}", "name": "Postman Rival", "email": "rival-{{run}}@example.com"}
_call = requests_of("ticket/api/v1/", "ticket_key")

BOOKINGS = Folder(
    "Bookings",
    "The client service calls these operations for its buyers.",
    (
        choose_seats(2),
        force_holds("ok"),
        _call(
            "Book a seat",
            "POST",
            "bookings",
            201,
            "The ticket service takes the seat, asks the organizer to hold it and creates the invoice. "
            "Look at `invoice_number` and `payment_url`.",
            body={**seats_of_event(1), "customer": BUYER},
            headers={"Idempotency-Key": "postman-ticket-{{seat_1}}"},
            checks=("pm.expect(body.status).to.eql('AWAITING_PAYMENT')",),
            keep={"ticket_booking": "body.id"},
        ),
        _call(
            "The same again",
            "POST",
            "bookings",
            201,
            "The `Idempotency-Key` is the same, so the answer is the first booking.",
            body={**seats_of_event(1), "customer": BUYER},
            headers={"Idempotency-Key": "postman-ticket-{{seat_1}}"},
            checks=("pm.expect(body.id).to.eql(pm.collectionVariables.get('ticket_booking'))",),
        ),
        _call(
            "Book a taken seat",
            "POST",
            "bookings",
            409,
            "A booking gets all of its seats or none, so the second seat is not taken, either.",
            body={**seats_of_event(1, 2), "customer": RIVAL},
            problem="seat-unavailable",
        ),
        force_holds("fail"),
        _call(
            "Book a seat: the organizer declines",
            "POST",
            "bookings",
            502,
            "The booking is stored as FAILED.",
            body={**seats_of_event(2), "customer": BUYER},
            problem="organizer-declined",
        ),
        _call(
            "Read the booking",
            "GET",
            "bookings/{{ticket_booking}}",
            200,
            "The booking in its current state.",
            checks=("pm.expect(body.customer.id).to.eql(pm.collectionVariables.get('buyer_id'))",),
        ),
        _call(
            "An id that has a booking is not given up",
            "POST",
            "bookings/{{ticket_booking}}/abandon",
            200,
            "The client service asks this when it got no answer to a request. The booking exists, so nothing changes.",
            checks=("pm.expect(body.status).to.eql('AWAITING_PAYMENT')",),
        ),
        _call(
            "Give up an id without a booking",
            "POST",
            "bookings/{{given_up}}/abandon",
            204,
            "No booking can be made under this id any more.",
            before=("pm.collectionVariables.set('given_up', pm.variables.replaceIn('{{$guid}}'));",),
        ),
        _call(
            "The request arrives after all",
            "POST",
            "bookings",
            409,
            "The seat is open, but the id was given up: the client service has already told the buyer.",
            body={"booking_id": "{{given_up}}", **seats_of_event(2), "customer": RIVAL},
            problem="booking-abandoned",
        ),
        _call(
            "List the bookings of an event",
            "GET",
            "bookings?event_id={{event_id}}&limit=5",
            200,
            "Newest first; can be filtered by customer, event and status.",
            checks=("pm.expect(body.items.length).to.be.above(0)",),
        ),
        _call(
            "What happened to it",
            "GET",
            "bookings/{{ticket_booking}}/timeline",
            200,
            "Look at `items`: every step at the ticket app and at the payment app.",
            checks=("pm.expect(body.items.length).to.be.above(1)",),
        ),
        _call(
            "Its PDF does not exist yet",
            "GET",
            "bookings/{{ticket_booking}}/ticket",
            404,
            "A document exists only after the booking is paid or has ended.",
            problem="ticket-not-ready",
        ),
        _call(
            "Read the booked seat",
            "GET",
            "events/{{event_id}}/seats/{{seat_1}}",
            200,
            "Look at `status`. Its version is that of before the booking: a booking is no change by staff.",
            checks=("pm.expect(body.status).to.eql('ON_GOING')",),
            keep_tag="seat_1_tag",
        ),
        _call(
            "A booked seat is not deleted",
            "DELETE",
            "events/{{event_id}}/seats/{{seat_1}}",
            409,
            "A seat is not deleted while a booking names it.",
            problem="seat-in-use",
            based_on="seat_1_tag",
        ),
        _call(
            "Cancel the booking",
            "POST",
            "bookings/{{ticket_booking}}/cancel",
            200,
            "The booking is unpaid: its invoice is voided, its seat released.",
            body={"reason": "STAFF"},
            checks=("pm.expect(body.status).to.eql('CANCELLED')", "pm.expect(body.cancel_reason).to.eql('STAFF')"),
        ),
        _call(
            "The link to its notice",
            "GET",
            "bookings/{{ticket_booking}}/ticket",
            200,
            "A notice says why there is no ticket. Asks again until it is stored.",
            until="body.url",
            checks=("pm.expect(body.kind).to.eql('NOTICE')",),
        ),
    ),
    needs_set_up=True,
)
