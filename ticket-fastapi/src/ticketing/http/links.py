"""Where ids in an answer go: the links of the OpenAPI document."""

from __future__ import annotations

from servicekit.openapi_links import BODY, FIRST_ITEM, Flow, from_collection

_API = "/api/v1"
_EVENT = f"{_API}/events/{{event_id}}"
_EVENT_OF_REQUEST = "$request.path.event_id"
_SEATS = f"{_EVENT}/seats"
_SEAT = f"{_SEATS}/{{seat_id}}"
_LIKE_IT = {
    "organizer": f"{FIRST_ITEM}/organizer/slug",
    **{name: f"{FIRST_ITEM}/{name}" for name in ("currency", "starts_at", "sales_open_at", "sales_close_at")},
}
"""What an event may have in common with another one."""


def _of_seats(source: str) -> list[Flow]:
    seat_id = f"{FIRST_ITEM}/id"
    booking = {"event_id": _EVENT_OF_REQUEST, "seat_ids": [seat_id]}
    return [
        Flow(source=source, target=_SEAT, parameters={"event_id": _EVENT_OF_REQUEST, "seat_id": seat_id}),
        Flow(source=source, target=f"POST {_API}/bookings", body=booking),
        Flow(source=source, target=f"POST {_API}/waitlist", body={"seat_id": seat_id}),
    ]


FLOWS = (
    *from_collection(f"{_API}/organizers", "slug", "slug"),
    *from_collection(f"{_API}/events", "event_id", "id"),
    *from_collection(f"{_API}/bookings", "booking_id", "id"),
    *from_collection(f"{_API}/waitlist", "entry_id", "id"),
    Flow(
        source=f"GET {_API}/organizers/{{slug}}",
        target=f"{_API}/organizers/{{slug}}",
        parameters={"slug": f"{BODY}/slug"},
    ),
    Flow(source=f"GET {_EVENT}", target=_EVENT, parameters={"event_id": f"{BODY}/id"}),
    Flow(source=f"GET {_SEAT}", target=_SEAT, parameters={"event_id": _EVENT_OF_REQUEST, "seat_id": f"{BODY}/id"}),
    *_of_seats(f"POST {_SEATS}"),
    *_of_seats(f"GET {_SEATS}"),
    Flow(
        source=f"GET {_EVENT}/best-seats",
        target=f"POST {_API}/bookings",
        body={"event_id": _EVENT_OF_REQUEST, "seat_ids": [f"{BODY}/proposal/seats/0/id"]},
    ),
    Flow(
        source=f"GET {_API}/events",
        target=f"POST {_API}/events",
        body=_LIKE_IT,
    ),
    Flow(
        source=f"GET {_API}/webhook-deliveries",
        target=f"{_API}/webhook-deliveries/{{delivery_id}}",
        parameters={"delivery_id": f"{FIRST_ITEM}/id"},
    ),
)
