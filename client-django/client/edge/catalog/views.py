"""The catalogue: everybody may read it, staff may change it. Ticket's problems reach the caller unchanged."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import JsonValue
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from servicekit.negotiation import accepts_gzip

from client.accounts.models import User
from client.catalog import selectors
from client.catalog.cache import Page
from client.catalog.services import catalog_change, catalog_read, catalog_remove
from client.edge.authentication import IsStaff
from client.edge.catalog.organizers import NewOrganizer, Organizer, OrganizerChanges, OrganizerPage
from client.edge.idempotency import creation_id, idempotent
from client.edge.versions import ETAG, IF_MATCH, TaggedView, expected_version
from client.ticket_api import models
from client.ticket_api.calls import organizer_path
from client.ticket_api.passthrough import Passed

LIST = [
    OpenApiParameter("cursor", str, description="The `next_cursor` of the previous page."),
    OpenApiParameter("limit", int, description="The largest number of items to return."),
]
EVENT_FILTERS = [
    OpenApiParameter("search", str, description="Only events whose name, venue or description contains this text."),
    OpenApiParameter("organizer", str, description="Only events of the organizer with this slug."),
    OpenApiParameter("ordering", str, description="The field to sort by; a leading minus reverses the order."),
]
SEAT_FILTERS = [
    OpenApiParameter("status", str, description="Only seats in this state: `OPEN`, `ON_GOING` or `BOOKED`."),
    OpenApiParameter("section", str, description="Only seats of this section."),
    OpenApiParameter(
        "at",
        {"type": "array", "items": {"type": "string"}, "maxItems": 10},
        description="Only seats at these places of the seat map: each a JSON array of section, row and number, such "
        'as `["Balkon","A",7]`. A place without a seat is left out.',
    ),
]
BEST_SEATS = [
    OpenApiParameter(
        "count", {"type": "integer", "minimum": 1, "maximum": 10}, required=True, description="The number of seats."
    ),
    OpenApiParameter(
        "max_price",
        {"type": "integer", "minimum": 0},
        description="The most that a seat may cost, in minor units of the event's currency.",
    ),
    OpenApiParameter("section", str, description="Only seats of this section."),
    OpenApiParameter(
        "seed",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
        description="Any text of the caller's own, such as a random one for each request. While many ask for the same, "
        "callers with different seeds get different proposals, so that a crowd does not want the same seats: the more "
        "callers, the more proposals. Without a seed, the answer is the very best proposal.",
    ),
]
FRESH = OpenApiParameter(
    "Cache-Control",
    str,
    OpenApiParameter.HEADER,
    description="With `no-cache`, staff get the present state instead of one that is some seconds old.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of the content that the caller has: if it still holds, 304.",
)
MAP_TAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    description="Names this content: it changes with the state, the price or the place of any seat.",
    response=[200, 304],
)
BODY = OpenApiTypes.OBJECT


def page_response(request: HttpRequest, page: Page, *, seconds: float) -> HttpResponseBase:
    """Answers 200 with the entity tag of the page, or 304 if the caller has this page.

    A page that is kept compressed goes out so to callers who accept it.
    """
    response = HttpResponse(page.body, content_type="application/json")
    if page.zipped:
        response["Vary"] = "Accept-Encoding"
        if accepts_gzip(request.headers.get("Accept-Encoding")):
            response.content = page.zipped
            response["Content-Encoding"] = "gzip"
    response["ETag"] = page.etag
    response["Cache-Control"] = f"public, max-age={seconds:.0f}"
    return get_conditional_response(request, etag=page.etag, response=response) or response


def tagged_response(page: Page, *, seconds: float) -> HttpResponse:
    """Answers with one event or seat and its version as entity tag.

    Never 304: the numbers and states of seats change without the version.
    """
    response = HttpResponse(page.body, content_type="application/json")
    response["ETag"] = page.etag
    response["Cache-Control"] = f"public, max-age={seconds:.0f}"
    return response


def must_be_fresh(request: Request) -> bool:
    """Returns whether staff ask for the present state (RFC 9111, section 5.2.1.4), to edit it once more."""
    asked = "no-cache" in request.headers.get("Cache-Control", "").lower()
    return asked and isinstance(request.user, User) and request.user.is_staff


class CatalogView(TaggedView):
    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny() if self.request.method in SAFE_METHODS else IsStaff()]

    def create(self, request: Request, path: str) -> Response:
        return _answer(catalog_change(method="POST", path=path, body=_body(request), key=creation_id(request)))

    def change(self, request: Request, path: str) -> Response:
        expected = expected_version(request)
        return _answer(catalog_change(method="PATCH", path=path, body=_body(request), expected=expected))

    def remove(self, request: Request, path: str) -> Response:
        return _answer(catalog_remove(path=path, expected=expected_version(request)))


class StaffView(CatalogView):
    def get_permissions(self) -> list[BasePermission]:
        return [IsStaff()]


def _answer(passed: Passed) -> Response:
    return Response(passed.body, status=passed.status)


def _body(request: Request) -> JsonValue:
    body: Any = request.data
    return body if isinstance(body, (dict, list)) else {}


@extend_schema(tags=["catalogue"])
class EventsView(CatalogView):
    @extend_schema(
        operation_id="events_list",
        summary="Lists events.",
        parameters=[*EVENT_FILTERS, *LIST],
        responses=models.EventPage,
        auth=[],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Everybody may call this to find events. It returns one page and the cursor of the next one."""
        page = selectors.event_page(query=request.query_params.dict())
        return page_response(request, page, seconds=selectors.EVENTS_SECONDS)

    @extend_schema(
        summary="Creates an event without seats.", request=BODY, responses={201: models.Event}, parameters=[ETAG]
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Staff call this, and then add seats with `POST /events/{event_id}/seats`. It returns the event."""
        return self.create(request, "/events")


@extend_schema(tags=["catalogue"])
class EventView(CatalogView):
    @extend_schema(summary="Returns an event.", responses=models.Event, auth=[], parameters=[FRESH, ETAG])
    def get(self, request: Request, event_id: UUID) -> HttpResponseBase:
        """Everybody may call this. It returns the event with the number of its seats in each state."""
        page = selectors.event_get(event_id=event_id, fresh=must_be_fresh(request))
        return tagged_response(page, seconds=selectors.EVENTS_SECONDS)

    @extend_schema(summary="Changes an event.", request=BODY, responses=models.Event, parameters=[IF_MATCH, ETAG])
    def patch(self, request: Request, event_id: UUID) -> Response:
        """Staff call this with the fields to change. It returns the event."""
        return self.change(request, f"/events/{event_id}")

    @extend_schema(summary="Deletes an event and its seats.", responses={204: None}, parameters=[IF_MATCH])
    def delete(self, request: Request, event_id: UUID) -> Response:
        """Staff call this for an event that nobody has booked. An event with bookings is refused."""
        return self.remove(request, f"/events/{event_id}")


@extend_schema(tags=["catalogue"])
class SeatsView(CatalogView):
    @extend_schema(
        operation_id="seats_list",
        summary="Lists the seats of an event.",
        parameters=[*SEAT_FILTERS, *LIST],
        responses=models.SeatPage,
        auth=[],
    )
    def get(self, request: Request, event_id: UUID) -> HttpResponseBase:
        """Everybody may call this to look up seats. It returns one page of them, each with its state and price."""
        query, places = request.query_params.dict(), request.query_params.getlist("at")
        page = selectors.seat_page(event_id=event_id, query=query, places=places)
        return page_response(request, page, seconds=selectors.SEATS_SECONDS)

    @extend_schema(summary="Adds seats to an event.", request=BODY, responses={201: models.SeatPage})
    @idempotent
    def post(self, request: Request, event_id: UUID) -> Response:
        """Staff call this with a list of seats or a layout `{section, rows, seats_per_row, price}`.

        It returns the new seats.
        """
        return self.create(request, f"/events/{event_id}/seats")


@extend_schema(tags=["catalogue"])
class SeatMapView(CatalogView):
    @extend_schema(
        operation_id="seat_map",
        summary="Returns the seat map of an event.",
        parameters=[IF_NONE_MATCH, MAP_TAG],
        responses={200: models.SeatMap, 304: None},
        auth=[],
    )
    def get(self, request: Request, event_id: UUID) -> HttpResponseBase:
        """Everybody may call this to draw a seat map: all seats with places, prices and states, without ids.

        It returns them in a compact form, compressed for callers who accept gzip. `GET /events/{event_id}/seats?at=`
        returns single seats of it with their ids.
        """
        return page_response(request, selectors.seat_map_get(event_id=event_id), seconds=selectors.SEATS_SECONDS)


@extend_schema(tags=["catalogue"])
class BestSeatsView(CatalogView):
    @extend_schema(
        operation_id="best_seats",
        summary="Proposes the best seats together.",
        parameters=BEST_SEATS,
        responses=models.BestSeats,
        auth=[],
    )
    def get(self, request: Request, event_id: UUID) -> Response:
        """Everybody may call this for some seats together. It returns one proposal.

        Seats that follow each other in one row come first, then those that leave no single seat, then the dearest, then
        those that are closest to the centre of their row and to the front of their section. All of them have one price.
        Nothing is held: `POST /bookings` decides, and who comes too late asks again with another seed.
        """
        found = selectors.best_seats_get(event_id=event_id, query=request.query_params.dict())
        return Response(found.model_dump(mode="json"), headers={"Cache-Control": "no-store"})


@extend_schema(tags=["catalogue"])
class SeatView(CatalogView):
    @extend_schema(summary="Returns a seat.", responses=models.Seat, auth=[], parameters=[FRESH, ETAG])
    def get(self, request: Request, event_id: UUID, seat_id: UUID) -> HttpResponseBase:
        """Everybody may call this. It returns the seat with its state and price."""
        page = selectors.seat_get(event_id=event_id, seat_id=seat_id, fresh=must_be_fresh(request))
        return tagged_response(page, seconds=selectors.SEATS_SECONDS)

    @extend_schema(summary="Changes a seat.", request=BODY, responses=models.Seat, parameters=[IF_MATCH, ETAG])
    def patch(self, request: Request, event_id: UUID, seat_id: UUID) -> Response:
        """Staff call this with the fields to change. It returns the seat."""
        return self.change(request, f"/events/{event_id}/seats/{seat_id}")

    @extend_schema(summary="Deletes a seat.", responses={204: None}, parameters=[IF_MATCH])
    def delete(self, request: Request, event_id: UUID, seat_id: UUID) -> Response:
        """Staff call this for a seat that was never booked or queued for. Other seats are refused."""
        return self.remove(request, f"/events/{event_id}/seats/{seat_id}")


@extend_schema(tags=["catalogue (staff)"], request=BODY)
class EventCloseSalesView(StaffView):
    @extend_schema(summary="Ends the sale of an event.", responses=models.Event, parameters=[ETAG])
    def post(self, request: Request, event_id: UUID) -> Response:
        """Staff call this to stop new bookings. Existing bookings and offers stay. It returns the event.

        It needs no `If-Match`: it is right whatever else was changed, and a repeat changes nothing.
        """
        path = f"/events/{event_id}/close-sales"
        return _answer(catalog_change(method="POST", path=path, body=_body(request)))


@extend_schema(tags=["catalogue (staff)"], request=BODY)
class EventCancelView(StaffView):
    @extend_schema(summary="Cancels an event.", responses={202: BODY})
    def post(self, request: Request, event_id: UUID) -> Response:
        """Staff call this. All bookings are cancelled and refunded and all queues are closed, in the background.

        It returns the operation, whose progress `GET /events/{event_id}/operations` shows. It needs no `If-Match`: it
        is right whatever else was changed, and a repeat returns the same operation.
        """
        path = f"/events/{event_id}/cancel"
        return _answer(catalog_change(method="POST", path=path, body=_body(request)))


@extend_schema(tags=["catalogue (staff)"], responses=BODY)
class EventOperationsView(StaffView):
    @extend_schema(summary="Lists the operations of an event.")
    def get(self, request: Request, event_id: UUID) -> Response:
        """Staff call this to see the progress of a cancellation. It returns the operations, newest first."""
        return _answer(catalog_read(path=f"/events/{event_id}/operations"))


@extend_schema(
    tags=["catalogue (staff)"],
    parameters=[OpenApiParameter("ended", bool, description="Whether to include entries that have ended."), *LIST],
    responses=models.TicketWaitlistPage,
)
class EventWaitlistView(StaffView):
    @extend_schema(summary="Lists the waitlist entries of an event.")
    def get(self, request: Request, event_id: UUID) -> Response:
        """Staff call this to see who queues for which seat. It returns one page and the cursor of the next one."""
        query = request.query_params.dict()
        return _answer(catalog_read(path=f"/events/{event_id}/waitlist", query=query))


@extend_schema(tags=["catalogue (staff)"])
class OrganizersView(StaffView):
    @extend_schema(
        operation_id="organizers_list", summary="Lists organizers.", parameters=LIST, responses=OrganizerPage
    )
    def get(self, request: Request) -> Response:
        """Staff call this to choose the organizer of an event. It returns one page and the cursor of the next one."""
        return _answer(catalog_read(path="/organizers", query=request.query_params.dict()))

    @extend_schema(summary="Creates an organizer.", request=NewOrganizer, responses={201: Organizer}, parameters=[ETAG])
    @idempotent
    def post(self, request: Request) -> Response:
        """Staff call this with slug, name and base URL of the organizer's system, and with the key to it.

        It returns the organizer without its key.
        """
        return self.create(request, "/organizers")


@extend_schema(tags=["catalogue (staff)"])
class OrganizerView(StaffView):
    @extend_schema(summary="Returns an organizer.", responses=Organizer, parameters=[ETAG])
    def get(self, request: Request, reference: str) -> Response:
        """Staff call this with the slug or the id of the organizer."""
        return _answer(catalog_read(path=organizer_path(reference)))

    @extend_schema(
        summary="Changes an organizer.", request=OrganizerChanges, responses=Organizer, parameters=[IF_MATCH, ETAG]
    )
    def patch(self, request: Request, reference: str) -> Response:
        """Staff call this with the fields to change. It returns the organizer."""
        return self.change(request, organizer_path(reference))

    @extend_schema(summary="Deletes an organizer.", responses={204: None}, parameters=[IF_MATCH])
    def delete(self, request: Request, reference: str) -> Response:
        """Staff call this for an organizer without events. An organizer that has events is refused."""
        return self.remove(request, organizer_path(reference))
