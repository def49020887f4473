"""Bad input: each a problem document with the right 4xx, and nothing changed."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.set_up import STRANGER
from postman.build.folders.steps import NOWHERE, choose_seats, seats_of_event, wait_for_seat

BOOKINGS = "client/api/v1/bookings"
OPEN_SEAT = seats_of_event(1)


def _wrong(name: str, description: str, body: object, *fields: str) -> Request:
    return Request(name, "POST", BOOKINGS, description, 422, body=body, problem="validation-error", wrong_fields=fields)


BAD_INPUT = Folder(
    "Bad input",
    "Every refusal is an RFC 9457 problem document that says what is wrong and where. At the end the seat is as open "
    "as before.",
    (
        choose_seats(1),
        _wrong(
            "No seats", "A booking needs at least one seat.", {"event_id": "{{event_id}}", "seat_ids": []}, "seat_ids"
        ),
        _wrong(
            "Eleven seats",
            "A booking has at most ten seats.",
            {"event_id": "{{event_id}}", "seat_ids": [f"00000000-0000-4000-8000-{index:012d}" for index in range(11)]},
            "seat_ids",
        ),
        _wrong(
            "The same seat twice",
            "A booking names each seat once.",
            {"event_id": "{{event_id}}", "seat_ids": ["{{seat_1}}", "{{seat_1}}"]},
            "seat_ids",
        ),
        _wrong("An unknown seat", "The seat belongs to no event.", {"event_id": "{{event_id}}", "seat_ids": [NOWHERE]}),
        _wrong(
            "Wrong types",
            "The event is no id and the seats are no list: look at `errors`, which names both fields.",
            {"event_id": 17, "seat_ids": "all"},
            "event_id",
            "seat_ids",
        ),
        _wrong(
            "An unknown field",
            "A buyer cannot set the price: fields that are not known are refused.",
            {**OPEN_SEAT, "price": 1},
            "price",
        ),
        Request(
            "An unknown event",
            "POST",
            BOOKINGS,
            "No event has this id.",
            404,
            body={**OPEN_SEAT, "event_id": NOWHERE},
            problem="event-not-found",
        ),
        Request(
            "Broken JSON",
            "POST",
            BOOKINGS,
            "The body of the request ends in the middle.",
            400,
            raw='{"event_id": ',
            problem="malformed-json",
        ),
        Request(
            "A body that is too large",
            "POST",
            BOOKINGS,
            "The body of the request has more than 64 KiB.",
            413,
            raw='{"event_id": "{{large}}"}',
            before=("pm.variables.set('large', 'x'.repeat(70000));",),
            problem="body-too-large",
        ),
        Request(
            "Not JSON at all",
            "POST",
            "payment/api/v1/invoices",
            "The header `Content-Type` says that the body is plain text.",
            415,
            auth="payment_key",
            headers={"Content-Type": "text/plain"},
            raw="one invoice, please",
            problem="unsupported-media-type",
        ),
        Request(
            "No token",
            "POST",
            BOOKINGS,
            "Only a buyer who has signed in can book.",
            401,
            auth=None,
            body=OPEN_SEAT,
            problem="unauthenticated",
        ),
        Request(
            "A foreign token",
            "GET",
            "client/api/v1/users/me",
            "The access token was signed by somebody else.",
            401,
            auth=STRANGER,
            problem="unauthenticated",
        ),
        Request(
            "Not staff",
            "POST",
            "client/api/v1/events",
            "A buyer cannot create events.",
            403,
            body={},
            problem="forbidden",
        ),
        Request(
            "An email address that is taken",
            "POST",
            "client/api/v1/auth/register",
            "There is one account for each address.",
            409,
            auth=None,
            body={
                "email": "buyer-{{run}}@example.com",
                "password": "correct-horse-{{run}}",
                "name": "Postman Buyer",
            },
            problem="email-taken",
        ),
        Request(
            "No such page", "GET", "client/api/v1/nothing", "The service has no such address.", 404, problem="not-found"
        ),
        Request(
            "A wrong method",
            "DELETE",
            "client/api/v1/auth/token",
            "The address exists, but not with this method.",
            405,
            auth=None,
            problem="method-not-allowed",
        ),
        *(
            Request(
                f"The {name} without its key",
                "GET",
                url,
                "Each service asks its callers for a key; this request has none.",
                401,
                auth=None,
                problem="unauthenticated",
            )
            for name, url in (
                ("ticket service", "ticket/api/v1/bookings"),
                ("payment service", "payment/api/v1/invoices"),
                ("organizer simulator", "organizer/simulation"),
            )
        ),
        wait_for_seat("OPEN", 1, "The seat is still open"),
    ),
    needs_set_up=True,
)
