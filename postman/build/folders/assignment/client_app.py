"""What the assignment asks of the client app."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.assignment.history import BOTH, HISTORY
from postman.build.folders.set_up import register, sign_in
from postman.build.folders.steps import book, choose_seats, force_holds

CRUD = Folder(
    "CRUD for users",
    "Create, read, update and delete an account. Staff can do the same with every account: folder *3 Every operation*.",
    (
        register("guest"),
        sign_in("guest"),
        Request(
            "Read: my account",
            "GET",
            "client/api/v1/users/me",
            "The account as it is stored; the password is never answered.",
            200,
            auth="guest_token",
            checks=("pm.expect(body.id).to.eql(pm.collectionVariables.get('guest_id'))",),
            keep_tag="guest_tag",
        ),
        Request(
            "Update: change my name",
            "PATCH",
            "client/api/v1/users/me",
            "Only the fields that are sent change.",
            200,
            auth="guest_token",
            body={"name": "Ani Postman"},
            checks=("pm.expect(body.name).to.eql('Ani Postman')",),
            based_on="guest_tag",
            keep_tag="guest_tag",
        ),
        Request(
            "Delete: close my account",
            "DELETE",
            "client/api/v1/users/me",
            "The account is closed and anonymised; the history of its bookings stays.",
            204,
            auth="guest_token",
            based_on="guest_tag",
        ),
        Request(
            "The closed account cannot sign in",
            "POST",
            "client/api/v1/auth/token",
            "The same address and password are refused now.",
            401,
            auth=None,
            body={"email": "guest-{{run}}@example.com", "password": "correct-horse-{{run}}"},
            problem="unauthenticated",
        ),
    ),
    needs_set_up=True,
)

STORED = Folder(
    "Stores users persistently",
    "The account that was registered before is there: its owner can sign in, and staff can read it.",
    (
        sign_in("buyer"),
        Request(
            "Staff: read the stored account",
            "GET",
            "client/api/v1/users/{{buyer_id}}",
            "The row of the client app's own database. It is still there after a restart of the service.",
            200,
            auth="staff_token",
            checks=("pm.expect(body.email).to.eql(`buyer-${pm.collectionVariables.get('run')}@example.com`)",),
        ),
    ),
    needs_set_up=True,
)

BOOK = Folder(
    "Lets users book seats of events registered in the ticket app",
    "The event is registered in the ticket app; the buyer sees it in the client app and books two of its seats.",
    (
        Request(
            "The event in the ticket app",
            "GET",
            "ticket/api/v1/events/{{event_id}}",
            "The event is registered here: look at `name` and `organizer`.",
            200,
            auth="ticket_key",
            checks=("pm.expect(body.organizer.slug).to.eql(pm.collectionVariables.get('organizer_slug'))",),
        ),
        Request(
            "The same event in the client app",
            "GET",
            "client/api/v1/events/{{event_id}}",
            "What buyers see of the event, without signing in.",
            200,
            auth=None,
            checks=("pm.expect(body.id).to.eql(pm.collectionVariables.get('event_id'))",),
        ),
        choose_seats(2),
        force_holds("ok"),
        book("Book two seats", 1, 2, keep="wanted_booking"),
    ),
    needs_set_up=True,
)

CLIENT_APP = Folder(
    "Client app",
    "The client app deals with end users: their accounts, their bookings, and the history of both.",
    (CRUD, STORED, BOOK, HISTORY, BOTH),
)
