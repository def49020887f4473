"""The fake's bookings."""

import hashlib

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake.http import Refusal, body_of, found, listed
from tests.fake.pdf import PDF
from tests.fake.state import Record, World, later


async def bookings(request: Request, world: World, user: Record) -> Response:
    if request.method == "POST":
        return await book(request, world, user)
    asked = request.query_params
    mine = [b for b in world.bookings if user["is_staff"] or b["user_id"] == user["id"]]
    mine = [b for b in mine if asked.get("status") in (None, b["status"])]
    mine = [b for b in mine if asked.get("user") in (None, b["user_id"])]
    mine = [b for b in mine if asked.get("event") in (None, b["event"]["id"])]
    return listed(request, [shown(world, b) for b in mine])


def shown(world: World, booking: Record) -> Record:
    """A booking as it is answered: the fake's payment page is where the fake is."""
    path = booking["payment_url"]
    return {**booking, "payment_url": world.base_url + path if path else None}


async def book(request: Request, world: World, user: Record) -> Response:
    draft, key = await body_of(request), request.headers.get("idempotency-key", "")
    if key in world.answers:
        return JSONResponse(shown(world, world.answers[key]), 201, headers={"Idempotent-Replay": "true"})
    event = found(world.events, draft["event_id"])
    chosen = [found(world.seats[event["id"]], seat_id) for seat_id in draft["seat_ids"]]
    if any(seat["status"] != "OPEN" for seat in chosen):
        failed = world.add_booking(
            user, event, chosen, "FAILED", failure_reason="SEAT_UNAVAILABLE", invoice_number=None
        )
        raise Refusal(409, "seat-unavailable", "A seat is not open.", booking_id=failed["id"])
    world.answers[key] = world.add_booking(user, event, chosen, "AWAITING_PAYMENT")
    return JSONResponse(shown(world, world.answers[key]), 201)


def own_booking(request: Request, world: World, user: Record) -> Record:
    booking = found(world.bookings, request.path_params["id"])
    if not user["is_staff"] and booking["user_id"] != user["id"]:
        raise Refusal(404, "not-found", "There is nothing here.")
    return booking


async def booking_detail(request: Request, world: World, user: Record) -> Response:
    return JSONResponse(shown(world, own_booking(request, world, user)))


async def cancel(request: Request, world: World, user: Record) -> Response:
    booking = own_booking(request, world, user)
    if booking["status"] not in {"AWAITING_PAYMENT", "BOOKED"}:
        raise Refusal(409, "not-cancellable", "This booking cannot be cancelled.")
    refund = "PENDING" if booking["status"] == "BOOKED" else None
    world.settle(booking, "CANCELLED", cancel_reason="BUYER", refund_status=refund, payment_url=None)
    return JSONResponse(shown(world, booking))


async def ticket(request: Request, world: World, user: Record) -> Response:
    booking = own_booking(request, world, user)
    if not booking["ticket_available"]:
        raise Refusal(404, "ticket-not-ready", "The document is not ready yet.")
    link = f"{world.base_url}/documents/{booking['id']}.pdf"
    return JSONResponse(
        {"url": link, "expires_at": later(minutes=5), "sha256": hashlib.sha256(PDF).hexdigest(), "kind": None}
    )


async def timeline(request: Request, world: World, user: Record) -> Response:
    booking = own_booking(request, world, user)
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
