"""Where ids in an answer go: the links of the OpenAPI document."""

from servicekit.openapi_links import BODY, FIRST_ITEM, Flow, from_collection

_API = "/api/v1"
_EVENT = f"{_API}/events/{{event_id}}"
_EVENT_OF_REQUEST = "$request.path.event_id"
_SEATS = f"{_EVENT}/seats"
_SEAT = f"{_SEATS}/{{seat_id}}"


def _of(collection: str, name: str, member: str = "id") -> list[Flow]:
    """Returns the flows from what is created, listed or shown to what is done with it."""
    at = f"{_API}/{collection}/{{{name}}}"
    return [
        *from_collection(f"{_API}/{collection}", name, member),
        Flow(source=f"GET {at}", target=at, parameters={name: f"{BODY}/{member}"}),
    ]


def _of_seats(source: str) -> list[Flow]:
    seat_id = f"{FIRST_ITEM}/id"
    booking = {"event_id": _EVENT_OF_REQUEST, "seat_ids": [seat_id]}
    return [
        Flow(source=source, target=_SEAT, parameters={"event_id": _EVENT_OF_REQUEST, "seat_id": seat_id}),
        Flow(source=source, target=f"POST {_API}/bookings", body=booking),
        Flow(source=source, target=f"POST {_API}/waitlist", body={"seat_id": seat_id}),
    ]


_LIKE_IT = {
    "organizer": f"{FIRST_ITEM}/organizer/slug",
    **{
        name: f"{FIRST_ITEM}/{name}"
        for name in ("name", "venue", "currency", "starts_at", "sales_open_at", "sales_close_at")
    },
}
"""What an event may have in common with another one."""

FLOWS = (
    *_of("organizers", "reference", "slug"),
    *_of("events", "event_id"),
    *_of("bookings", "booking_id"),
    *_of("waitlist", "entry_id"),
    *_of("users", "user_id"),
    *_of_seats(f"POST {_SEATS}"),
    *_of_seats(f"GET {_SEATS}"),
    Flow(
        source=f"GET {_EVENT}/best-seats",
        target=f"POST {_API}/bookings",
        body={"event_id": _EVENT_OF_REQUEST, "seat_ids": [f"{BODY}/proposal/seats/0/id"]},
    ),
    Flow(source=f"GET {_SEAT}", target=_SEAT, parameters={"event_id": _EVENT_OF_REQUEST, "seat_id": f"{BODY}/id"}),
    Flow(
        source=f"GET {_API}/notifications",
        target=f"{_API}/notifications/{{notification_id}}",
        parameters={"notification_id": f"{FIRST_ITEM}/id"},
    ),
    Flow(source=f"GET {_API}/events", target=f"POST {_API}/events", body=_LIKE_IT),
    Flow(source=f"GET {_API}/users/me", target=f"PATCH {_API}/users/me"),
    Flow(
        source=f"POST {_API}/auth/register",
        target=f"POST {_API}/auth/token",
        body={"email": f"{BODY}/email", "password": "$request.body#/password"},
    ),
    Flow(
        source=f"POST {_API}/auth/token",
        target=f"POST {_API}/auth/token/refresh",
        body={"refresh": f"{BODY}/refresh"},
    ),
)
