"""Ticket app: the external call that holds a seat."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.assignment.crowd import CROWD
from postman.build.folders.steps import (
    ORGANIZER_AS_BEFORE,
    SLOW_ORGANIZER,
    book,
    book_refused,
    choose_seats,
    force_holds,
    read_booking,
    seats_of_event,
    set_latency,
    wait_for_seat,
)

AT_ONCE = 4


EXTERNAL_CALL = Folder(
    "Booking makes a synchronous external call to the event's own system, only to hold the seat",
    "Each organizer has a system of its own, played by the organizer simulator. After a booking, that system has a "
    "hold under the booking's id: it holds the seats, nothing more.",
    (
        choose_seats(1),
        force_holds("ok"),
        book("Book a seat", 1, keep="held_booking"),
        Request(
            "The hold at the event's own system",
            "GET",
            "organizer/{{organizer_slug}}/holds/{{held_booking}}",
            "Look at `status` and `seats`: the organizer's system holds the seat for this booking.",
            200,
            auth="organizer_key",
            checks=(
                "pm.expect(body.status).to.eql('HELD')",
                "pm.expect(body.event_ref).to.eql(pm.collectionVariables.get('event_id'))",
                "pm.expect(body.seats).to.eql([pm.collectionVariables.get('seat_1')])",
            ),
        ),
    ),
    needs_set_up=True,
)

DECLINES = Folder(
    "It fails 20 % of the time (random simulation)",
    "First the failure on demand, then a system that does not answer at all, then fifty bookings that are left to "
    "chance.",
    (
        choose_seats(1),
        force_holds("fail"),
        book_refused(
            "The organizer declines",
            1,
            502,
            "organizer-declined",
            "The decline is forced here. The buyer is told at once, and the booking is stored as FAILED.",
            keep="declined_booking",
        ),
        wait_for_seat("OPEN", 1, "The seat is open again"),
        force_holds("error"),
        book_refused(
            "The organizer's system breaks",
            1,
            503,
            "organizer-unreachable",
            "The organizer's system answers with an error, so no hold is confirmed. The booking fails, and the "
            "seat is released.",
            keep="broken_booking",
        ),
        read_booking(
            "The reason is stored",
            "broken_booking",
            "Look at `failure_reason`.",
            "pm.expect(body.failure_reason).to.eql('ORGANIZER_UNREACHABLE')",
        ),
        wait_for_seat("OPEN", 1, "This seat is open again, too"),
        CROWD,
    ),
    needs_set_up=True,
)

SYNCHRONOUS = Folder(
    "Holding a seat from client to ticket is synchronous",
    "The organizer's system is made slow. The buyer's request waits for it, and its answer says how the hold ended.",
    (
        choose_seats(1),
        set_latency("The organizer is slow", "organizer", SLOW_ORGANIZER, "ok"),
        book(
            "Book a seat: the answer waits for the hold",
            1,
            keep="slow_booking",
            checks=(f"pm.expect(pm.response.responseTime).to.be.at.least({SLOW_ORGANIZER})",),
        ),
        Request(
            "The booking agrees with that answer",
            "GET",
            "ticket/api/v1/bookings/{{slow_booking}}",
            "Ticket has the seat held and the invoice made: nothing was left to do when the buyer was answered.",
            200,
            auth="ticket_key",
            checks=("pm.expect(body.status).to.eql('AWAITING_PAYMENT')",),
        ),
        ORGANIZER_AS_BEFORE,
    ),
    needs_set_up=True,
)

BOOKING_OF_SEAT = """const book = (seat, done) => pm.sendRequest({
  url: `${pm.variables.get('ticket_url')}/api/v1/bookings`,
  method: 'POST',
  header: {
    'Authorization': `Bearer ${pm.variables.get('ticket_key')}`,
    'Content-Type': 'application/json',
  },
  body: { mode: 'raw', raw: JSON.stringify({
    event_id: pm.collectionVariables.get('event_id'),
    seat_ids: [pm.collectionVariables.get(`seat_${seat}`)],
    customer: {
      id: pm.collectionVariables.get('buyer_id'),
      name: 'Postman Buyer',
      email: `buyer-${pm.collectionVariables.get('run')}@example.com`,
    },
  }) },
}, done);"""

IN_PROCESS = Folder(
    "The ticket app keeps accepting bookings while others are in process",
    f"The organizer's system takes {SLOW_ORGANIZER} ms for each answer. {AT_ONCE} bookings are sent at the same "
    "time: if each waited for the one before it, the last would take as long as all of them together.",
    (
        choose_seats(AT_ONCE + 1),
        set_latency("The organizer is slow again", "organizer", SLOW_ORGANIZER, *["ok"] * (AT_ONCE + 1)),
        Request(
            "Book while others are in process",
            "POST",
            "ticket/api/v1/bookings",
            f"The script before this request sends {AT_ONCE} bookings at the same time, then this one follows. Look at "
            "the tests: all of them succeeded, and together they took less than half of the sum of their times.",
            201,
            auth="ticket_key",
            body={
                **seats_of_event(AT_ONCE + 1),
                "customer": {
                    "id": "{{buyer_id}}",
                    "name": "Postman Buyer",
                    "email": "buyer-{{run}}@example.com",
                },
            },
            before=(
                *BOOKING_OF_SEAT.splitlines(),
                "const begun = Date.now();",
                "const answers = [];",
                f"for (let seat = 1; seat <= {AT_ONCE}; seat += 1) book(seat, (error, response) => {{",
                "  answers.push({ code: response && response.code, milliseconds: Date.now() - begun });",
                "  pm.collectionVariables.set('at_once', JSON.stringify(answers));",
                "});",
            ),
            checks=(
                "pm.expect(body.status).to.eql('AWAITING_PAYMENT')",
                (
                    "pm.expect(JSON.parse(pm.collectionVariables.get('at_once')).map(answer => answer.code))"
                    f".to.eql({[201] * AT_ONCE})"
                ),
                (
                    "const times = JSON.parse(pm.collectionVariables.get('at_once')).map(answer => "
                    "answer.milliseconds); pm.expect(Math.max(...times)).to.be.below(times.reduce((sum, time) => "
                    "sum + time) / 2)"
                ),
            ),
        ),
        ORGANIZER_AS_BEFORE,
    ),
    needs_set_up=True,
)
