"""A buyer holds only so many seats without paying for them; a payment or a cancellation makes room."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.sale_ends import new_event, new_seats
from postman.build.folders.steps import LIVE_BOOKING, cancel, force_holds

LIMIT = 20
"""The default of UNPAID_SEATS_PER_BUYER."""


def _seats(first: int, last: int) -> dict[str, object]:
    seats = [f"{{{{benefit_seat_{number}}}}}" for number in range(first, last + 1)]
    return {"event_id": "{{benefit}}", "seat_ids": seats}


def _book_ten(name: str, first: int, keep: str) -> Request:
    return Request(
        name,
        "POST",
        "client/api/v1/bookings",
        "Ten seats are the most that one booking may have.",
        201,
        body=_seats(first, first + 9),
        checks=LIVE_BOOKING,
        keep={keep: "body.id"},
    )


UNPAID_SEATS = Folder(
    "One buyer does not hold a whole hall",
    "A buyer may have twenty seats of an event to pay for (`UNPAID_SEATS_PER_BUYER`). Beyond that a booking is "
    "refused, nothing is stored, and the same request succeeds once some are paid or cancelled.",
    (
        new_event("client", "staff_token", "A benefit concert", "benefit"),
        new_seats("client", "staff_token", "benefit", LIMIT + 1, "benefit_seat"),
        force_holds("ok", "ok", "ok"),
        _book_ten("Ten seats", 1, "benefit_first"),
        _book_ten("Ten more", 11, "benefit_second"),
        Request(
            "One too many",
            "POST",
            "client/api/v1/bookings",
            "Look at `limit`, `unpaid` and `scope`. The refusal is not remembered under the key.",
            409,
            body=_seats(LIMIT + 1, LIMIT + 1),
            headers={"Idempotency-Key": "postman-benefit-{{run}}"},
            problem="too-many-unpaid-seats",
            checks=(
                f"pm.expect(body.limit).to.eql({LIMIT})",
                f"pm.expect(body.unpaid).to.eql({LIMIT})",
                "pm.expect(body.scope).to.eql('buyer')",
            ),
        ),
        cancel("Cancel the first ten", "benefit_first", "Unpaid: the invoice is voided."),
        Request(
            "The same request again",
            "POST",
            "client/api/v1/bookings",
            "Same key, same body: now there is room.",
            201,
            body=_seats(LIMIT + 1, LIMIT + 1),
            headers={"Idempotency-Key": "postman-benefit-{{run}}"},
            checks=LIVE_BOOKING,
            keep={"benefit_third": "body.id"},
        ),
        cancel("Cancel the second ten", "benefit_second", "Unpaid: the invoice is voided."),
        cancel("Cancel the last seat", "benefit_third", "Unpaid: the invoice is voided."),
    ),
    needs_set_up=True,
)
