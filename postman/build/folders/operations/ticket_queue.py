"""The ticket service: the operations on queues, which the client service calls."""

from __future__ import annotations

from postman.build.dsl import Folder
from postman.build.folders.assignment.bonus import QUEUE
from postman.build.folders.operations.ticket_bookings import BUYER, RIVAL
from postman.build.folders.steps import choose_seats, force_holds, requests_of, seats_of_event

_call = requests_of("ticket/api/v1/", "ticket_key")

WAITLIST = Folder(
    "Queue",
    "The client service calls these operations for buyers who wait for a seat.",
    (
        choose_seats(1),
        force_holds("ok"),
        _call(
            "The buyer has the seat",
            "POST",
            "bookings",
            201,
            "The buyer books the seat, so that there is something to queue for.",
            body={**seats_of_event(1), "customer": BUYER},
            keep={"waited_for": "body.id"},
        ),
        _call(
            "Join its queue",
            "POST",
            "waitlist",
            201,
            "The rival queues for the seat. Look at `position`.",
            body={"seat_id": "{{seat_1}}", "customer": RIVAL},
            checks=("pm.expect(body.position).to.eql(1)",),
            keep={"ticket_entry": "body.id"},
        ),
        _call(
            "Join it twice",
            "POST",
            "waitlist",
            409,
            "One place in a queue is enough.",
            body={"seat_id": "{{seat_1}}", "customer": RIVAL},
            problem="already-queued",
        ),
        _call(
            "Read the place in the queue",
            "GET",
            "waitlist/{{ticket_entry}}",
            200,
            "The position is computed when it is read.",
            checks=("pm.expect(body.status).to.eql('WAITING')",),
        ),
        _call(
            "The places of a customer",
            "GET",
            "waitlist?customer_id={{rival_id}}&limit=5",
            200,
            "Newest first; ended ones, too.",
            checks=("pm.expect(body.items[0].id).to.eql(pm.collectionVariables.get('ticket_entry'))",),
        ),
        _call(
            "The queues of an event",
            "GET",
            "events/{{event_id}}/waitlist?limit=100",
            200,
            "Look at `items`: who waits for which seat.",
            checks=(
                ("pm.expect(body.items.map(entry => entry.id)).to.include(pm.collectionVariables.get('ticket_entry'))"),
            ),
        ),
        _call(
            "Leave the queue",
            "DELETE",
            "waitlist/{{ticket_entry}}",
            200,
            "The entry stays in the history.",
            checks=("pm.expect(body.status).to.eql('LEFT')",),
        ),
        _call(
            "An offer that was taken is not left",
            "DELETE",
            "waitlist/{{waitlist_entry}}",
            409,
            "The place of the rival in *Cancellation and reservation*: it was fulfilled.",
            problem="not-leavable",
        ),
        _call(
            "Give the seat back",
            "POST",
            "bookings/{{waited_for}}/cancel",
            200,
            "Nobody waits for the seat any more, so it becomes OPEN.",
        ),
    ),
    needs_set_up=True,
    needs={"waitlist_entry": QUEUE.name},
)
