"""An event whose sale has not begun, then is open, then closed; at the end the event is cancelled."""

from __future__ import annotations

from typing import Any

from postman.build.dsl import Folder, Request
from postman.build.folders.steps import force_holds, requests_of


def new_event(service: str, auth: str, name: str, keep: str, opens: str = "2020-01-01T00:00:00Z") -> Request:
    """Creates an event without seats, of the set-up's organizer; keeps its id as `keep`."""
    return Request(
        f"Create an event: {name}",
        "POST",
        f"{service}/api/v1/events",
        "An event only for this folder. It has no seats yet.",
        201,
        auth=auth,
        body={
            "name": f"{name} {{{{run}}}}",
            "venue": "Aula Timur ITB",
            "time_zone": "Asia/Jakarta",
            "starts_at": "{{in_30_days}}",
            "sales_open_at": opens,
            "sales_close_at": "{{in_30_days}}",
            "organizer": "{{organizer_slug}}",
            "currency": "IDR",
        },
        keep={keep: "body.id"},
        keep_tag=f"{keep}_tag",
    )


def new_seats(service: str, auth: str, event: str, count: int, keep: str) -> Request:
    """Creates seats of such an event; keeps their ids as `<keep>_1` and so on."""
    return Request(
        "Add its seats",
        "POST",
        f"{service}/api/v1/events/{{{{{event}}}}}/seats",
        f"A layout of one row; number of seats: {count}.",
        201,
        auth=auth,
        body={"section": "Floor", "rows": 1, "seats_per_row": count, "price": 100000},
        checks=(f"pm.expect(body.items).to.have.length({count})",),
        keep={
            **{f"{keep}_{number}": f"body.items[{number - 1}].id" for number in range(1, count + 1)},
            **{f"{keep}_{number}_tag": f'`"${{body.items[{number - 1}].version}}"`' for number in range(1, count + 1)},
        },
    )


def _book(name: str, seat: int, expect: int, description: str, **more: Any) -> Request:
    body = {"event_id": "{{matinee}}", "seat_ids": [f"{{{{matinee_seat_{seat}}}}}"]}
    return Request(name, "POST", "client/api/v1/bookings", description, expect, body=body, **more)


_staff = requests_of("client/api/v1/events/{{matinee}}", "staff_token")

SALE_ENDS = Folder(
    "The sale of an event, from its beginning to its end",
    "Booking is possible only while the sale is open. When staff cancels the event, every booking is cancelled and "
    "refunded in the background.",
    (
        new_event("client", "staff_token", "A matinee", "matinee", opens="{{in_29_days}}"),
        new_seats("client", "staff_token", "matinee", 2, "matinee_seat"),
        _book("Too early", 1, 409, "The sale of the event has not begun.", problem="sale-not-open"),
        _staff(
            "Staff: open the sale",
            "PATCH",
            "",
            200,
            "The sale begins at `sales_open_at`, which is now in the past.",
            body={"sales_open_at": "2020-01-01T00:00:00Z"},
            checks=("pm.expect(body.status).to.eql('ON_SALE')",),
            based_on="matinee_tag",
            keep_tag="matinee_tag",
        ),
        force_holds("ok"),
        _book(
            "Book a seat",
            1,
            201,
            "Now that the sale is open, the booking succeeds.",
            keep={"matinee_booking": "body.id"},
        ),
        _staff(
            "Staff: an event with live bookings is not deleted",
            "DELETE",
            "",
            409,
            "An event is not deleted while somebody has a seat.",
            problem="event-has-live-bookings",
            based_on="matinee_tag",
        ),
        Request(
            "Staff: the organizer's address stays while its system holds seats",
            "PATCH",
            "client/api/v1/organizers/{{organizer_slug}}",
            "A system at another address could not be asked to release them.",
            409,
            body={"base_url": "{{organizer_internal_url}}/somewhere-else"},
            auth="staff_token",
            problem="organizer-has-live-holds",
            based_on="organizer_tag",
        ),
        _staff(
            "Staff: close the sale",
            "POST",
            "/close-sales",
            200,
            "From now on, new bookings are refused; existing bookings stay.",
            body={},
            checks=("pm.expect(body.id).to.eql(pm.collectionVariables.get('matinee'))",),
        ),
        _book("Too late", 2, 409, "The sale of the event is closed.", problem="sale-closed"),
        _staff(
            "Staff: cancel the event",
            "POST",
            "/cancel",
            202,
            "Accepted: the bookings are cancelled one by one in the background.",
            body={"reason": "The singer has lost her voice"},
            checks=("pm.expect(body.state).to.be.oneOf(['RUNNING', 'DONE'])", "pm.expect(body.total).to.eql(1)"),
        ),
        _staff(
            "Staff: wait until all bookings are cancelled",
            "GET",
            "/operations",
            200,
            "Look at `done` and `total`. Asks again until the state is DONE.",
            until="body.items.length > 0 && body.items[0].state === 'DONE'",
        ),
        Request(
            "The booking is cancelled, and says why",
            "GET",
            "client/api/v1/bookings/{{matinee_booking}}",
            "Look at `status` and `cancel_reason`. Asks again until the client app has received the webhook.",
            200,
            until="body.status === 'CANCELLED'",
            checks=("pm.expect(body.cancel_reason).to.eql('EVENT_CANCELLED')",),
        ),
        Request(
            "Its seat is released",
            "GET",
            "ticket/api/v1/events/{{matinee}}/seats/{{matinee_seat_1}}",
            "Look at `status`. Asks again until organizer and payment have confirmed the release.",
            200,
            auth="ticket_key",
            until="body.status === 'OPEN'",
        ),
        _book("Nobody books a cancelled event", 2, 409, "The event will not take place.", problem="event-cancelled"),
        _staff(
            "Staff: read the cancelled event",
            "GET",
            "",
            200,
            "The cancellation is a new version of the event: pages that were opened before are old.",
            headers={"Cache-Control": "no-cache"},
            checks=("pm.expect(body.status).to.eql('CANCELLED')",),
            keep_tag="matinee_tag",
        ),
        _staff(
            "Staff: an event with a history is not deleted",
            "DELETE",
            "",
            409,
            "An event that ever had a booking is not deleted: the history needs it. "
            "Asks again while payment has not yet confirmed that the booking's invoice is void.",
            until="body.type !== 'event-has-live-bookings'",
            problem="event-has-bookings",
            based_on="matinee_tag",
        ),
    ),
    needs_set_up=True,
)
