"""The fake's bookings."""

import hashlib

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake.http import Refusal, body_of, found, listed
from tests.fake.pdf import PDF
from tests.fake.state import FakeRecords, Record, time_from_now


async def bookings(request: Request, records: FakeRecords, user: Record) -> Response:
    if request.method == "POST":
        return await book(request, records, user)
    asked = request.query_params
    own_seats = [b for b in records.bookings if user["is_staff"] or b["user_id"] == user["id"]]
    own_seats = [b for b in own_seats if asked.get("status") in (None, b["status"])]
    own_seats = [b for b in own_seats if asked.get("user") in (None, b["user_id"])]
    own_seats = [b for b in own_seats if asked.get("event") in (None, b["event"]["id"])]
    return listed(request, [shown(records, b) for b in own_seats])


def shown(records: FakeRecords, booking: Record) -> Record:
    """Returns a booking as the service answers it, with the payment URL on the fake's own address."""
    path = booking["payment_url"]
    return {**booking, "payment_url": records.base_url + path if path else None}


async def book(request: Request, records: FakeRecords, user: Record) -> Response:
    draft, key = await body_of(request), request.headers.get("idempotency-key", "")
    if key in records.answers:
        return JSONResponse(shown(records, records.answers[key]), 201, headers={"Idempotent-Replay": "true"})
    event = found(records.events, draft["event_id"])
    chosen = [found(records.seats[event["id"]], seat_id) for seat_id in draft["seat_ids"]]
    if any(seat["status"] != "OPEN" for seat in chosen):
        failed = records.add_booking(
            user, event, chosen, "FAILED", failure_reason="SEAT_UNAVAILABLE", invoice_number=None
        )
        raise Refusal(409, "seat-unavailable", "A seat is not open.", booking_id=failed["id"])
    records.answers[key] = records.add_booking(user, event, chosen, "AWAITING_PAYMENT")
    return JSONResponse(shown(records, records.answers[key]), 201)


def own_booking(request: Request, records: FakeRecords, user: Record) -> Record:
    booking = found(records.bookings, request.path_params["id"])
    if not user["is_staff"] and booking["user_id"] != user["id"]:
        raise Refusal(404, "not-found", "There is nothing here.")
    return booking


async def booking_detail(request: Request, records: FakeRecords, user: Record) -> Response:
    return JSONResponse(shown(records, own_booking(request, records, user)))


async def cancel(request: Request, records: FakeRecords, user: Record) -> Response:
    booking = own_booking(request, records, user)
    if booking["status"] not in {"AWAITING_PAYMENT", "BOOKED"}:
        raise Refusal(409, "not-cancellable", "This booking cannot be cancelled.")
    refund = "PENDING" if booking["status"] == "BOOKED" else None
    records.change_status(booking, "CANCELLED", cancel_reason="BUYER", refund_status=refund, payment_url=None)
    return JSONResponse(shown(records, booking))


async def ticket(request: Request, records: FakeRecords, user: Record) -> Response:
    booking = own_booking(request, records, user)
    if not booking["ticket_available"]:
        raise Refusal(404, "ticket-not-ready", "The document is not ready yet.")
    link = f"{records.base_url}/documents/{booking['id']}.pdf"
    return JSONResponse(
        {"url": link, "expires_at": time_from_now(minutes=5), "sha256": hashlib.sha256(PDF).hexdigest(), "kind": None}
    )


async def timeline(request: Request, records: FakeRecords, user: Record) -> Response:
    booking = own_booking(request, records, user)
    steps = [
        ("client", user["email"], "booking.requested", None, "REQUESTED", None),
        ("ticket", "client", "seats.taken", None, "HOLDING", None),
        ("organizer", "ticket", "hold.accepted", None, None, "The organizer holds the seats"),
        ("payment", "ticket", "invoice.created", None, None, booking["invoice_number"]),
        ("ticket", "system", "booking.updated", "HOLDING", booking["status"], None),
    ]
    names = ("service", "actor", "action", "from_status", "to_status", "detail")
    return JSONResponse(
        {
            "items": [{"at": booking["created_at"], **dict(zip(names, step, strict=True))} for step in steps],
            "note": None,
        }
    )
