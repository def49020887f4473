"""Says which lane a request uses, and with whom it divides it."""

import json
from collections.abc import Callable
from uuid import UUID

from django.urls import Resolver404, resolve

from client.catalog import descriptions
from client.edge.lanes import LaneName

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
API = "api/v1/"
BOOKING, EVENT = f"{API}bookings/<uuid:booking_id>", f"{API}events/<uuid:event_id>"
# Where reads and changes use different lanes, the first is for reads.
BY_ROUTE: dict[str, LaneName | tuple[LaneName, LaneName]] = {
    "healthz": LaneName.HEALTH,
    "readyz": LaneName.HEALTH,
    "metrics": LaneName.HEALTH,
    "openapi.json": LaneName.READS,
    "docs": LaneName.READS,
    "webhooks/ticket": LaneName.WEBHOOKS,
    "admin/login/": LaneName.SIGN_IN,
    f"{API}auth/register": LaneName.SIGN_IN,
    f"{API}auth/token": LaneName.SIGN_IN,
    f"{API}auth/token/refresh": LaneName.SIGN_IN,
    f"{API}users/me": LaneName.READS,
    f"{API}users": LaneName.STAFF,
    f"{API}users/<uuid:user_id>": LaneName.STAFF,
    f"{API}notifications": LaneName.READS,
    f"{API}notifications/read-all": LaneName.READS,
    f"{API}notifications/<uuid:notification_id>/read": LaneName.READS,
    f"{API}bookings": (LaneName.READS, LaneName.BOOKINGS),
    BOOKING: LaneName.READS,
    f"{BOOKING}/refresh": LaneName.TICKET_READS,
    f"{BOOKING}/cancel": LaneName.BOOKINGS,
    f"{BOOKING}/ticket": LaneName.TICKET_READS,
    f"{BOOKING}/timeline": LaneName.TICKET_READS,
    f"{API}waitlist": (LaneName.TICKET_READS, LaneName.BOOKINGS),
    f"{API}waitlist/<uuid:entry_id>": (LaneName.TICKET_READS, LaneName.BOOKINGS),
    f"{API}events": (LaneName.TICKET_READS, LaneName.STAFF),
    EVENT: (LaneName.TICKET_READS, LaneName.STAFF),
    f"{EVENT}/seats": (LaneName.TICKET_READS, LaneName.STAFF),
    f"{EVENT}/seats/<uuid:seat_id>": (LaneName.TICKET_READS, LaneName.STAFF),
    f"{EVENT}/seat-map": LaneName.TICKET_READS,
    f"{EVENT}/best-seats": LaneName.TICKET_READS,
    f"{EVENT}/seat-map/changes": LaneName.TICKET_READS,
    f"{EVENT}/close-sales": LaneName.STAFF,
    f"{EVENT}/cancel": LaneName.STAFF,
    f"{EVENT}/waitlist": LaneName.STAFF,
    f"{EVENT}/operations": LaneName.STAFF,
    f"{API}organizers": LaneName.STAFF,
    f"{API}organizers/<slug:reference>": LaneName.STAFF,
}


def lane_of(route: str, method: str | None) -> LaneName:
    """Returns the lane of a route. Everything of the administration but its sign-in uses the lane of staff."""
    named = LaneName.STAFF if route.startswith("admin/") and route not in BY_ROUTE else BY_ROUTE[route]
    return named if isinstance(named, LaneName) else named[0 if method in SAFE else 1]


def lane_of_path(path: str, method: str | None) -> LaneName | None:
    """Returns the lane of a path that is not resolved yet; None if no lane's route has it."""
    route = path.removeprefix("/")
    try:
        return lane_of(route if route in BY_ROUTE else resolve(path).route, method)
    except (Resolver404, KeyError):
        return None


def share_of(name: LaneName, body: Callable[[], bytes]) -> str:
    """Returns the organizer whom a request for a booking will wait for; the event, if this process has not seen the
    event yet. Everything else shares one part, and its body is not read.
    """
    if name != LaneName.BOOKINGS:
        return ""
    try:
        event_id = UUID(json.loads(body())["event_id"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ""
    return descriptions.organizer_of(event_id) or str(event_id)
