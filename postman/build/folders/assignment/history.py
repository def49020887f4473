"""Client app: the history of bookings, successful and failed."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.steps import (
    book,
    book_refused,
    choose_seats,
    force_holds,
    force_payments,
    pay,
    read_booking,
    wait_until,
)

HISTORY = Folder(
    "Stores each user's booking history with the status",
    "The buyer's history has every booking with its status, and the status follows what happens.",
    (
        choose_seats(1),
        force_holds("ok"),
        book("Book a seat", 1, keep="paid_booking"),
        Request(
            "The history of the buyer",
            "GET",
            "client/api/v1/bookings",
            "Newest first. Look at `status`: the new booking awaits its payment.",
            200,
            checks=(
                "pm.expect(body.items[0].id).to.eql(pm.collectionVariables.get('paid_booking'))",
                "pm.expect(body.items[0].status).to.eql('AWAITING_PAYMENT')",
            ),
        ),
        force_payments("ok"),
        pay(),
        wait_until("BOOKED", "paid_booking"),
        Request(
            "Everything that happened to it",
            "GET",
            "client/api/v1/bookings/{{paid_booking}}/timeline",
            "Look at `items`: every step of every service, in order of time.",
            200,
            checks=(
                (
                    "pm.expect(body.items.map(step => step.to_status)).to.include.members(['HOLDING', "
                    "'AWAITING_PAYMENT', 'BOOKED'])"
                ),
                "pm.expect(body.items.map(step => step.at)).to.eql(body.items.map(step => step.at).sort())",
            ),
        ),
    ),
    needs_set_up=True,
)

BOTH = Folder(
    "Stores successful and failed bookings",
    "One booking has succeeded in the folder before; two more fail in two ways, and all of them are stored.",
    (
        choose_seats(1),
        force_holds("fail"),
        book_refused(
            "A booking fails: the organizer declines",
            1,
            502,
            "organizer-declined",
            "The answer names the failed booking in `booking_id`.",
            keep="declined_booking",
        ),
        read_booking(
            "The declined booking is stored",
            "declined_booking",
            "Look at `status` and `failure_reason`.",
            "pm.expect(body.status).to.eql('FAILED')",
            "pm.expect(body.failure_reason).to.eql('ORGANIZER_DECLINED')",
        ),
        force_holds("ok"),
        force_payments("fail"),
        book("Book a seat", 1, keep="unpaid_booking"),
        pay("Pay: it will fail"),
        wait_until("FAILED", "unpaid_booking"),
        Request(
            "All failed bookings of the buyer",
            "GET",
            "client/api/v1/bookings?status=FAILED",
            "Both failed bookings are there, each with its own `failure_reason`.",
            200,
            checks=(
                (
                    "pm.expect(body.items.map(booking => booking.failure_reason)).to.include.members("
                    "['ORGANIZER_DECLINED', 'PAYMENT_FAILED'])"
                ),
                "pm.expect(body.items.every(booking => booking.status === 'FAILED')).to.be.true",
            ),
        ),
        Request(
            "All successful bookings of the buyer",
            "GET",
            "client/api/v1/bookings?status=BOOKED",
            "The paid booking is there, with the status BOOKED.",
            200,
            checks=(
                (
                    "pm.expect(body.items.map(booking => booking.id)).to.include("
                    "pm.collectionVariables.get('paid_booking'))"
                ),
            ),
        ),
    ),
    needs_set_up=True,
    needs={"paid_booking": HISTORY.name},
)
