"""Ticket app: events and seats."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.steps import book, choose_seats, force_holds, force_payments, pay, wait_for_seat

CRUD = Folder(
    "CRUD for events and seats",
    "Create, read, update and delete an event and a seat, at the ticket app itself. Staff can do the same through the "
    "client app: folder *3 Every operation*.",
    (
        Request(
            "Create an event",
            "POST",
            "ticket/api/v1/events",
            "Makes a second event, only for this folder.",
            201,
            auth="ticket_key",
            body={
                "name": "A rehearsal {{run}}",
                "venue": "Aula Timur ITB",
                "time_zone": "Asia/Jakarta",
                "starts_at": "{{in_30_days}}",
                "sales_open_at": "2020-01-01T00:00:00Z",
                "sales_close_at": "{{in_29_days}}",
                "organizer": "{{organizer_slug}}",
                "currency": "IDR",
            },
            keep={"spare_event": "body.id"},
        ),
        Request(
            "Read the event",
            "GET",
            "ticket/api/v1/events/{{spare_event}}",
            "It is on sale, and has no seats so far.",
            200,
            auth="ticket_key",
            checks=("pm.expect(body.seats.total).to.eql(0)",),
        ),
        Request(
            "Update the event",
            "PATCH",
            "ticket/api/v1/events/{{spare_event}}",
            "Only the fields that are sent change: the event moves to Bali, and its times are shown in Bali's zone.",
            200,
            auth="ticket_key",
            body={"venue": "Taman Budaya, Denpasar", "time_zone": "Asia/Makassar"},
            checks=("pm.expect(body.time_zone).to.eql('Asia/Makassar')",),
        ),
        Request(
            "Create seats",
            "POST",
            "ticket/api/v1/events/{{spare_event}}/seats",
            "As a list; a layout of rows is possible, too. Look at the ids and at the status OPEN.",
            201,
            auth="ticket_key",
            body={
                "seats": [
                    {"section": "Box", "row": "A", "number": 1, "price": 1500000},
                    {"section": "Box", "row": "A", "number": 2, "price": 1500000},
                ]
            },
            checks=("pm.expect(body.items.map(seat => seat.status)).to.eql(['OPEN', 'OPEN'])",),
            keep={"spare_seat": "body.items[0].id"},
        ),
        Request(
            "Read a seat",
            "GET",
            "ticket/api/v1/events/{{spare_event}}/seats/{{spare_seat}}",
            "One seat with its id, place, price and status.",
            200,
            auth="ticket_key",
            checks=("pm.expect(body.status).to.eql('OPEN')",),
        ),
        Request(
            "Update a seat",
            "PATCH",
            "ticket/api/v1/events/{{spare_event}}/seats/{{spare_seat}}",
            "The seat has a new price.",
            200,
            auth="ticket_key",
            body={"price": 1750000},
            checks=("pm.expect(body.price).to.eql(1750000)",),
        ),
        Request(
            "Delete a seat",
            "DELETE",
            "ticket/api/v1/events/{{spare_event}}/seats/{{spare_seat}}",
            "The seat can be deleted because nobody has booked it.",
            204,
            auth="ticket_key",
        ),
        Request(
            "The deleted seat is gone",
            "GET",
            "ticket/api/v1/events/{{spare_event}}/seats/{{spare_seat}}",
            "The other seat of the event is still there.",
            404,
            auth="ticket_key",
            problem="seat-not-found",
        ),
        Request(
            "Delete the event",
            "DELETE",
            "ticket/api/v1/events/{{spare_event}}",
            "The event goes with its seats. An event that has bookings is not deleted.",
            204,
            auth="ticket_key",
        ),
        Request(
            "The deleted event is gone",
            "GET",
            "ticket/api/v1/events/{{spare_event}}",
            "The answer is a problem document that says so.",
            404,
            auth="ticket_key",
            problem="event-not-found",
        ),
    ),
    needs_set_up=True,
)

STATUSES = Folder(
    "Seats carry at least id and status (OPEN | ON GOING | BOOKED)",
    "One seat through its three states: free, held until it is paid, sold. In JSON, ON GOING is `ON_GOING`.",
    (
        choose_seats(1),
        wait_for_seat("OPEN", 1),
        force_holds("ok"),
        force_payments("ok"),
        book("Book the seat", 1, keep="shown_booking"),
        wait_for_seat("ON_GOING", 1, "The seat is ON GOING"),
        pay(),
        wait_for_seat("BOOKED", 1),
    ),
    needs_set_up=True,
)
