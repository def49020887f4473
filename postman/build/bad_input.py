"""Bad input: each a problem document with the right 4xx, and nothing changed."""

from __future__ import annotations

from postman.build.dsl import Folder, Request

NOWHERE = "00000000-0000-4000-8000-000000000000"


def _booking(name: str, expect: int, problem: str, body: object = None, **more: object) -> Request:
    return Request(name, "POST", "client/api/v1/bookings", "", expect, body=body, problem=problem, **more)  # type: ignore[arg-type]


BAD_INPUT = Folder(
    "Bad input",
    "Every refusal is an RFC 9457 problem document that says what is wrong and where.",
    (
        _booking(
            "No seats",
            422,
            "validation-error",
            {"event_id": "{{event_id}}", "seat_ids": []},
            wrong_fields=("seat_ids",),
        ),
        _booking(
            "Eleven seats",
            422,
            "validation-error",
            {"event_id": "{{event_id}}", "seat_ids": [f"00000000-0000-4000-8000-{index:012d}" for index in range(11)]},
            wrong_fields=("seat_ids",),
        ),
        _booking(
            "The same seat twice",
            422,
            "validation-error",
            {"event_id": "{{event_id}}", "seat_ids": ["{{seat_9}}", "{{seat_9}}"]},
            wrong_fields=("seat_ids",),
        ),
        _booking("An unknown seat", 422, "validation-error", {"event_id": "{{event_id}}", "seat_ids": [NOWHERE]}),
        _booking("An unknown event", 404, "event-not-found", {"event_id": NOWHERE, "seat_ids": ["{{seat_9}}"]}),
        _booking(
            "Wrong types",
            422,
            "validation-error",
            {"event_id": 17, "seat_ids": "all"},
            wrong_fields=("event_id", "seat_ids"),
        ),
        _booking(
            "An unknown field",
            422,
            "validation-error",
            {"event_id": "{{event_id}}", "seat_ids": ["{{seat_9}}"], "price": 1},
            wrong_fields=("price",),
        ),
        _booking("Broken JSON", 400, "malformed-json", raw='{"event_id": '),
        _booking(
            "A body that is too large",
            413,
            "body-too-large",
            raw='{"event_id": "{{large}}"}',
            before=("pm.collectionVariables.set('large', 'x'.repeat(70000));",),
        ),
        _booking(
            "No token", 401, "unauthenticated", {"event_id": "{{event_id}}", "seat_ids": ["{{seat_9}}"]}, auth=None
        ),
        Request(
            "A foreign token", "GET", "client/api/v1/users/me", "", 401, auth="foreign_token", problem="unauthenticated"
        ),
        Request(
            "Somebody else's booking",
            "GET",
            "client/api/v1/bookings/{{paid_booking}}",
            "Another user's booking does not exist for you.",
            404,
            auth="rival_token",
            problem="not-found",
        ),
        Request("Not staff", "POST", "client/api/v1/events", "", 403, body={}, problem="forbidden"),
        Request("No such page", "GET", "client/api/v1/nothing", "", 404, problem="not-found"),
        Request(
            "A wrong method", "DELETE", "client/api/v1/auth/token", "", 405, auth=None, problem="method-not-allowed"
        ),
        Request(
            "Ticket without its key", "GET", "ticket/api/v1/bookings", "", 401, auth=None, problem="unauthenticated"
        ),
        Request(
            "An unsigned webhook",
            "POST",
            "client/webhooks/ticket",
            "",
            401,
            auth=None,
            body={"type": "booking.updated", "data": {}},
        ),
        Request(
            "A forged webhook",
            "POST",
            "ticket/webhooks/payment",
            "Signed with a key that is not ours.",
            401,
            auth=None,
            headers={
                "webhook-id": "msg_forged",
                "webhook-timestamp": "{{$timestamp}}",
                "webhook-signature": "v1,Zm9yZ2VkZm9yZ2VkZm9yZ2VkZm9yZ2VkZm9yZ2VkMTI=",
            },
            body={"type": "invoice.paid", "data": {}},
        ),
        Request(
            "Pay an unknown invoice",
            "POST",
            "payment/pay/no-such-token",
            "",
            404,
            auth=None,
            headers={"Accept": "application/json"},
            body={},
            problem="not-found",
        ),
        Request(
            "An invoice without an amount",
            "POST",
            "payment/api/v1/invoices",
            "",
            422,
            auth="payment_key",
            body={"reference": NOWHERE, "currency": "IDR"},
            problem="validation-error",
            wrong_fields=("amount",),
        ),
        Request(
            "The seat is still open",
            "GET",
            "ticket/api/v1/events/{{event_id}}/seats/{{seat_9}}",
            "",
            200,
            auth="ticket_key",
            checks=("pm.expect(body.status).to.eql('OPEN')",),
        ),
    ),
)
