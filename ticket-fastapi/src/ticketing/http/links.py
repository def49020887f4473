"""Where ids in an answer go: the links of the OpenAPI document."""

from __future__ import annotations

from servicekit.openapi_links import Flow

_API = "/api/v1"
_EVENT = f"{_API}/events/{{event_id}}"
_EVENT_OF_REQUEST = "$request.path.event_id"
_SEATS = f"{_EVENT}/seats"
_SEAT = f"{_SEATS}/{{seat_id}}"
_BODY = "$response.body#"
_FIRST = f"{_BODY}/items/0"
_LIKE_IT = {
    "organizer": f"{_FIRST}/organizer/slug",
    **{name: f"{_FIRST}/{name}" for name in ("currency", "starts_at", "sales_open_at", "sales_close_at")},
}
"""What an event may have in common with another one."""


def _of_seats(source: str) -> list[Flow]:
    seat_id = f"{_FIRST}/id"
    booking = {"event_id": _EVENT_OF_REQUEST, "seat_ids": [seat_id]}
    return [
        Flow(source=source, target=_SEAT, parameters={"event_id": _EVENT_OF_REQUEST, "seat_id": seat_id}),
        Flow(source=source, target=f"POST {_API}/bookings", body=booking),
        Flow(source=source, target=f"POST {_API}/waitlist", body={"seat_id": seat_id}),
    ]


def _of(collection: str, name: str, member: str) -> list[Flow]:
    """Returns the flows from what is created or listed to what is done with it."""
    at = f"{_API}/{collection}/{{{name}}}"
    return [
        Flow(source=f"POST {_API}/{collection}", target=at, parameters={name: f"{_BODY}/{member}"}),
        Flow(source=f"GET {_API}/{collection}", target=at, parameters={name: f"{_FIRST}/{member}"}),
    ]


FLOWS = (
    *_of("organizers", "slug", "slug"),
    *_of("events", "event_id", "id"),
    *_of("bookings", "booking_id", "id"),
    *_of("waitlist", "entry_id", "id"),
    Flow(
        source=f"GET {_API}/organizers/{{slug}}",
        target=f"{_API}/organizers/{{slug}}",
        parameters={"slug": f"{_BODY}/slug"},
    ),
    Flow(source=f"GET {_EVENT}", target=_EVENT, parameters={"event_id": f"{_BODY}/id"}),
    Flow(source=f"GET {_SEAT}", target=_SEAT, parameters={"event_id": _EVENT_OF_REQUEST, "seat_id": f"{_BODY}/id"}),
    *_of_seats(f"POST {_SEATS}"),
    *_of_seats(f"GET {_SEATS}"),
    Flow(
        source=f"GET {_API}/events",
        target=f"POST {_API}/events",
        body=_LIKE_IT,
    ),
    Flow(
        source=f"GET {_API}/webhook-deliveries",
        target=f"{_API}/webhook-deliveries/{{delivery_id}}",
        parameters={"delivery_id": f"{_FIRST}/id"},
    ),
)
