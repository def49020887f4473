"""`/events/{event_id}/seat-map/changes`: the changes of a seat map as server-sent events, while somebody views it."""

import json
from collections.abc import Callable
from functools import cache, partial
from math import inf
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from pydantic import JsonValue
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from client.catalog.selectors import sale_get, seat_states_get
from client.catalog.watched_maps import WatchedMaps
from client.concurrency.readable import has_something_to_read
from client.domain.errors import InvalidFieldError
from client.edge.viewers import viewer_address
from config.env import environment

LONGEST_SECONDS = 3600
SECONDS = OpenApiParameter(
    "seconds",
    {"type": "integer", "minimum": 0, "maximum": LONGEST_SECONDS},
    description="The answer ends after so many seconds. If left out, it lasts as long as the caller listens.",
)
MEANING = (
    "Server-sent events, each with JSON: `map` with `layout` and `states` of the seat map, first and whenever the "
    "layout has changed; `changes` with the indexes of the seats that have changed, by their present state, such as "
    '`{"g":[17,18],"b":[3]}`; `sale` with the `status` of the event, first and whenever it has changed; `alive`, an '
    "empty object, after 5 seconds without another event."
)


@cache
def watched_maps() -> WatchedMaps:
    """Returns the maps that are viewed in this process."""
    env = environment()
    return WatchedMaps(
        seats=seat_states_get,
        sale=sale_get,
        encode=server_sent_event,
        heartbeat=server_sent_event("alive", {}),
        most_viewers=env.map_viewers,
        most_per_address=env.map_viewers_per_address,
    )


def server_sent_event(kind: str, content: JsonValue) -> bytes:
    """Returns an event as browsers read it (HTML Standard, server-sent events)."""
    return f"event: {kind}\ndata: {json.dumps(content, separators=(',', ':'))}\n\n".encode()


@extend_schema(tags=["catalogue"])
class SeatMapChangesView(APIView):
    permission_classes = (AllowAny,)
    # Not HEAD: it would wait for the end of what has none.
    http_method_names = ("get", "options")

    @extend_schema(
        operation_id="seat_map_changes",
        summary="Sends the changes of the seat map of an event.",
        parameters=[SECONDS],
        responses={(200, "text/event-stream"): OpenApiResponse(OpenApiTypes.STR, description=MEANING)},
        auth=[],
    )
    def get(self, request: Request, event_id: UUID) -> StreamingHttpResponse:
        """Everybody may call this to keep a seat map up to date while it is looked at, also pages of other origins.

        It answers as long as the caller listens. Who does not read for 30 seconds, or is 30 changes behind, is
        dropped; whoever comes back gets the whole map first. 503 `busy`: as many as possible are listening.
        """
        seconds = _seconds(request.query_params.get("seconds"))
        connection = request.META.get("gunicorn.socket")
        has_gone: Callable[[], bool] = lambda: False  # noqa: E731
        if connection is not None:
            connection.await_stream()
            has_gone = partial(has_something_to_read, connection.fileno())
        view = watched_maps().view(event_id, address=viewer_address(request), seconds=seconds, has_gone=has_gone)
        headers = {
            "Cache-Control": "no-store",
            # The map is public, and no cookie or token is read from a page of another origin.
            "Access-Control-Allow-Origin": "*",
            # nginx would keep the events back until a buffer is full.
            "X-Accel-Buffering": "no",
        }
        return StreamingHttpResponse(view, content_type="text/event-stream", headers=headers)


def _seconds(text: str | None) -> float:
    if text is None:
        return inf
    if (
        not (text.isascii() and text.isdecimal() and len(text) <= len(str(LONGEST_SECONDS)))
        or int(text) > LONGEST_SECONDS
    ):
        raise InvalidFieldError("seconds", "invalid", f"Must be a whole number from 0 to {LONGEST_SECONDS}.")
    return int(text)
