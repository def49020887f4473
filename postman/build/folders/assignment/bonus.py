"""The bonus parts of the assignment."""

from __future__ import annotations

from typing import Any

from postman.build.dsl import Folder, Request
from postman.build.folders.steps import (
    book,
    cancel,
    choose_seats,
    force_holds,
    force_payments,
    pay,
    wait_for_seat,
    wait_until,
)


def _join(name: str, seat: int, who: str, expect: int, description: str, **more: Any) -> Request:
    return Request(
        name,
        "POST",
        "client/api/v1/waitlist",
        description,
        expect,
        body={"seat_id": f"{{{{seat_{seat}}}}}"},
        auth=f"{who}_token",
        **more,
    )


def _entry(name: str, description: str, until: str, **more: Any) -> Request:
    return Request(
        name,
        "GET",
        "client/api/v1/waitlist/{{waitlist_entry}}",
        description,
        200,
        auth="rival_token",
        until=until,
        **more,
    )


QUEUE = Folder(
    "Cancellation and reservation: a user can queue for a particular seat that is already taken; if someone cancels, "
    "the first in the queue gets the seat",
    "The buyer has a seat, the rival queues for it. The buyer cancels: the seat passes to the rival without being OPEN "
    "in between, and the rival pays for it.",
    (
        choose_seats(2),
        force_holds("ok", "ok"),
        force_payments("ok", "ok"),
        book("The buyer books a seat", 1, keep="first_booking"),
        pay("The buyer pays"),
        wait_until("BOOKED", "first_booking"),
        _join(
            "The rival queues for that seat",
            1,
            "rival",
            201,
            "A queue belongs to one particular seat. Look at `position`: first in line.",
            checks=("pm.expect(body.status).to.eql('WAITING')", "pm.expect(body.position).to.eql(1)"),
            keep={"waitlist_entry": "body.id"},
        ),
        _join(
            "Queueing twice is refused",
            1,
            "rival",
            409,
            "One place in a queue is enough.",
            problem="already-queued",
        ),
        _join(
            "Nobody queues for a seat of their own",
            1,
            "buyer",
            409,
            "The buyer has this seat.",
            problem="seat-already-yours",
        ),
        _join(
            "Nobody queues for an open seat",
            2,
            "rival",
            409,
            "An open seat is booked, not queued for.",
            problem="seat-open",
        ),
        cancel("The buyer cancels", "first_booking", "A paid booking is refunded, and its seat goes on."),
        _entry(
            "The rival gets an offer",
            "Look at `status` and `booking_id`: the seat has passed to a new booking of the rival, who has until "
            "`offer_expires_at` to pay.",
            "body.status === 'OFFERED' && body.booking_id && body.offer_expires_at",
            keep={"promoted_booking": "body.booking_id"},
        ),
        Request(
            "The rival's booking awaits payment",
            "GET",
            "client/api/v1/bookings/{{promoted_booking}}",
            "Look at `origin`: it came from the queue. Asks again until the organizer has held the seat.",
            200,
            auth="rival_token",
            until="body.status === 'AWAITING_PAYMENT'",
            checks=("pm.expect(body.origin).to.eql('WAITLIST')",),
            keep={"pay_token": "body.payment_url.split('/').pop()"},
        ),
        wait_for_seat("ON_GOING", 1, "The seat was never open"),
        pay("The rival pays"),
        wait_until("BOOKED", "promoted_booking", "rival", "The rival has the seat"),
        _entry(
            "The place in the queue is fulfilled",
            "The rival has the seat, so nobody waits for it any more.",
            "body.status === 'FULFILLED'",
        ),
        Request(
            "The rival was notified",
            "GET",
            "client/api/v1/notifications",
            "In the client app; an email with the payment link was sent, too.",
            200,
            auth="rival_token",
            checks=(
                (
                    "pm.expect(body.items.map(notification => notification.booking_id)).to.include("
                    "pm.collectionVariables.get('promoted_booking'))"
                ),
            ),
        ),
    ),
    needs_set_up=True,
)

FRONT_END = Folder(
    "A front end",
    "A dashboard for buyers and staff. Open its address in a browser: `http://localhost:8501` with compose.",
    (
        Request(
            "The dashboard answers",
            "GET",
            "frontend/_stcore/health",
            "The health check of Streamlit.",
            200,
            auth=None,
            checks=("pm.expect(pm.response.text()).to.eql('ok')",),
        ),
    ),
    needs_set_up=True,
)

BONUS = Folder(
    "Bonus",
    "The front end, and cancellation with reservation. The third bonus, two programming languages, is left out on "
    "purpose: the report says why.",
    (FRONT_END, QUEUE),
)
