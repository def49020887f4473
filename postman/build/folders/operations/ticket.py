"""The ticket service: operations of other services and of operators that the other folders do not call."""

from __future__ import annotations

from postman.build.dsl import Folder
from postman.build.folders.operations.client_staff import organizers
from postman.build.folders.operations.pages import pages
from postman.build.folders.operations.ticket_bookings import BOOKINGS
from postman.build.folders.operations.ticket_queue import WAITLIST
from postman.build.folders.sale_ends import new_event, new_seats
from postman.build.folders.steps import best_seats, requests_of, seat_map

KEY = "ticket_key"
_call = requests_of("ticket/api/v1/", KEY)

EVENTS = Folder(
    "Events: list, close the sale, cancel",
    "Creating, reading, changing and deleting is shown in *1 The assignment*.",
    (
        _call(
            "List events",
            "GET",
            "events?search=Postman&limit=5",
            200,
            "The list comes page by page, filtered and ordered.",
            checks=("pm.expect(body.items.length).to.be.above(0)",),
        ),
        new_event("ticket", KEY, "A workshop", "workshop"),
        new_seats("ticket", KEY, "workshop", 1, "workshop_seat"),
        *seat_map("ticket", KEY, "workshop", section="Floor", price=100000),
        *best_seats("ticket", KEY, "workshop", price=100000, count=1),
        _call(
            "Close the sale",
            "POST",
            "events/{{workshop}}/close-sales",
            200,
            "From now on, new bookings are refused; existing bookings stay.",
        ),
        _call(
            "Cancel the event",
            "POST",
            "events/{{workshop}}/cancel",
            202,
            "Accepted: bookings and queues are ended in the background.",
            body={"reason": "Too few have come"},
            checks=("pm.expect(body.kind).to.be.a('string')",),
        ),
        _call(
            "How far the cancellation has come",
            "GET",
            "events/{{workshop}}/operations",
            200,
            "Asks again until the state is DONE.",
            until="body.items.length === 1 && body.items[0].state === 'DONE'",
        ),
    ),
    needs_set_up=True,
)

DELIVERIES = Folder(
    "Webhook deliveries",
    "The webhooks that were sent to the client service, with every attempt.",
    (
        _call(
            "List deliveries",
            "GET",
            "webhook-deliveries?state=DELIVERED&limit=5",
            200,
            "The list is newest first. `state=DEAD` lists the deliveries that were given up.",
            checks=("pm.expect(body.items.length).to.be.above(0)",),
            keep={"ticket_delivery": "body.items[0].id"},
        ),
        _call(
            "Deliver once more",
            "POST",
            "webhook-deliveries/{{ticket_delivery}}/redeliver",
            202,
            "The webhook keeps its `webhook-id`, so that the client service applies it only once.",
        ),
    ),
    needs_set_up=True,
)

TICKET = Folder(
    "Ticket service",
    "Events, seats, bookings, queues, documents (FastAPI). Other services sign in with a key.",
    (pages("ticket"), EVENTS, organizers("ticket", KEY), BOOKINGS, WAITLIST, DELIVERIES),
)
