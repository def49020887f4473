"""The client service: operations of buyers and staff that the other folders do not call."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.operations.client_staff import CATALOGUE, ORGANIZERS, USERS
from postman.build.folders.operations.pages import pages
from postman.build.folders.steps import book, cancel, choose_seats, force_holds, seat_map

BUYER = Folder(
    "A buyer: tokens, search, queue, notifications",
    "What a buyer can do besides booking.",
    (
        Request(
            "Refresh the tokens",
            "POST",
            "client/api/v1/auth/token/refresh",
            "A new pair of tokens for the refresh token, which is used up by it.",
            200,
            auth=None,
            body={"refresh": "{{buyer_refresh}}"},
            keep={"buyer_token": "body.access", "buyer_refresh": "body.refresh"},
        ),
        Request(
            "Search events",
            "GET",
            "client/api/v1/events?search=Postman&ordering=-starts_at&limit=5",
            "In name, venue and description; without signing in.",
            200,
            auth=None,
            checks=("pm.expect(body.items.length).to.be.above(0)",),
        ),
        Request(
            "The open seats of an event",
            "GET",
            "client/api/v1/events/{{event_id}}/seats?status=OPEN&limit=5",
            "The list of seats, filtered; without signing in.",
            200,
            auth=None,
            checks=("pm.expect(body.items.every(seat => seat.status === 'OPEN')).to.be.true",),
        ),
        *seat_map("client", None, "event_id", section="Stalls", price=750000),
        choose_seats(2),
        Request(
            "One seat",
            "GET",
            "client/api/v1/events/{{event_id}}/seats/{{seat_1}}",
            "Look at section, row, number, price and status of the seat.",
            200,
            auth=None,
            checks=("pm.expect(body.id).to.eql(pm.collectionVariables.get('seat_1'))",),
        ),
        force_holds("ok"),
        book("Book a seat", 1, keep="queued_for"),
        Request(
            "The ticket is not ready",
            "GET",
            "client/api/v1/bookings/{{queued_for}}/ticket",
            "There is no PDF before the booking is paid.",
            404,
            problem="ticket-not-ready",
        ),
        Request(
            "The rival queues for it",
            "POST",
            "client/api/v1/waitlist",
            "The rival is first in line. Look at `position`.",
            201,
            auth="rival_token",
            body={"seat_id": "{{seat_1}}"},
            keep={"left_entry": "body.id"},
        ),
        Request(
            "The rival's places in queues",
            "GET",
            "client/api/v1/waitlist",
            "Newest first; ended ones, too.",
            200,
            auth="rival_token",
            checks=("pm.expect(body.items[0].id).to.eql(pm.collectionVariables.get('left_entry'))",),
        ),
        Request(
            "The rival leaves the queue",
            "DELETE",
            "client/api/v1/waitlist/{{left_entry}}",
            "Everybody behind the rival moves up by one.",
            204,
            auth="rival_token",
        ),
        Request(
            "The rival has left",
            "GET",
            "client/api/v1/waitlist/{{left_entry}}",
            "The entry stays in the history.",
            200,
            auth="rival_token",
            checks=("pm.expect(body.status).to.eql('LEFT')", "pm.expect(body.position).to.be.null"),
        ),
        Request(
            "Somebody else's booking",
            "GET",
            "client/api/v1/bookings/{{queued_for}}",
            "Another user's booking does not exist for the rival.",
            404,
            auth="rival_token",
            problem="not-found",
        ),
        cancel("Cancel the booking", "queued_for", "The booking is unpaid, so its invoice is voided."),
        Request(
            "My notifications",
            "GET",
            "client/api/v1/notifications?limit=5",
            "Newest first. Asks again until there is one.",
            200,
            until="body.items.length > 0",
            keep={"notification_id": "body.items[0].id"},
        ),
        Request(
            "Mark one as read",
            "POST",
            "client/api/v1/notifications/{{notification_id}}/read",
            "Look at `read_at`: it says when the notification was read.",
            200,
            body={},
            checks=("pm.expect(body.read_at).to.be.a('string')",),
        ),
        Request(
            "Mark all as read",
            "POST",
            "client/api/v1/notifications/read-all",
            "`read` says how many were unread.",
            200,
            body={},
            checks=("pm.expect(body.read).to.be.at.least(0)",),
        ),
    ),
    needs_set_up=True,
)

CLIENT = Folder(
    "Client service",
    "Users, their bookings and notifications (Django). Buyers and staff sign in with a token.",
    (pages("client"), BUYER, USERS, CATALOGUE, ORGANIZERS),
)
