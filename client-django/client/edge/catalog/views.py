"""The catalogue: open to everybody for reading, to staff for changing.

Ticket's problems reach the caller as they are.
"""

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
from rest_framework.views import APIView

from client.catalog import selectors
from client.catalog.cache import Page
from client.catalog.services import catalog_change, catalog_read, catalog_remove
from client.edge.authentication import IsStaff
from client.edge.idempotency import creation_id, idempotent
from client.ticket_api import models
from client.ticket_api.calls import organizer_path
from client.ticket_api.passthrough import Passed

LIST = [
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
    OpenApiParameter("limit", int, description="How many to answer at most."),
]
BODY = OpenApiTypes.OBJECT


def page_response(request: HttpRequest, page: Page, *, seconds: float) -> HttpResponseBase:
    """200 with a validator, or 304 when the caller has the same already."""
    response = HttpResponse(page.body, content_type="application/json")
    response["ETag"] = page.etag
    response["Cache-Control"] = f"public, max-age={seconds:.0f}"
    return get_conditional_response(request, etag=page.etag, response=response) or response


class CatalogView(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny() if self.request.method in SAFE_METHODS else IsStaff()]

    def create(self, request: Request, path: str) -> Response:
        return _answer(catalog_change(method="POST", path=path, body=_body(request), key=creation_id(request)))

    def change(self, request: Request, path: str) -> Response:
        return _answer(catalog_change(method="PATCH", path=path, body=_body(request)))

    def remove(self, path: str) -> Response:
        return _answer(catalog_remove(path=path))


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
    """Events on sale."""

    @extend_schema(
        operation_id="events_list",
        parameters=[*(OpenApiParameter(name, str) for name in ("search", "organizer", "ordering")), *LIST],
        responses=models.EventPage,
        auth=[],
    )
    def get(self, request: Request) -> HttpResponseBase:
        page = selectors.event_page(query=request.query_params.dict())
        return page_response(request, page, seconds=selectors.EVENTS_SECONDS)

    @extend_schema(request=BODY, responses={201: models.Event})
    @idempotent
    def post(self, request: Request) -> Response:
        """Staff: add an event."""
        return self.create(request, "/events")


@extend_schema(tags=["catalogue"])
class EventView(CatalogView):
    """One event."""

    @extend_schema(responses=models.Event, auth=[])
    def get(self, request: Request, event_id: UUID) -> HttpResponseBase:
        return page_response(request, selectors.event_get(event_id=event_id), seconds=selectors.EVENTS_SECONDS)

    @extend_schema(request=BODY, responses=models.Event)
    def patch(self, request: Request, event_id: UUID) -> Response:
        """Staff: change an event."""
        return self.change(request, f"/events/{event_id}")

    @extend_schema(responses={204: None})
    def delete(self, request: Request, event_id: UUID) -> Response:
        """Staff: remove an event without bookings."""
        return self.remove(f"/events/{event_id}")


@extend_schema(tags=["catalogue"])
class SeatsView(CatalogView):
    """The seats of an event with their states OPEN, ON_GOING, BOOKED."""

    @extend_schema(
        operation_id="seats_list",
        parameters=[OpenApiParameter("status", str), OpenApiParameter("section", str), *LIST],
        responses=models.SeatPage,
        auth=[],
    )
    def get(self, request: Request, event_id: UUID) -> HttpResponseBase:
        page = selectors.seat_page(event_id=event_id, query=request.query_params.dict())
        return page_response(request, page, seconds=selectors.SEATS_SECONDS)

    @extend_schema(request=BODY, responses={201: models.SeatPage})
    @idempotent
    def post(self, request: Request, event_id: UUID) -> Response:
        """Staff: add seats, as a list or as a layout `{section, rows, seats_per_row, price}`."""
        return self.create(request, f"/events/{event_id}/seats")


@extend_schema(tags=["catalogue"])
class SeatView(CatalogView):
    """One seat."""

    @extend_schema(responses=models.Seat, auth=[])
    def get(self, request: Request, event_id: UUID, seat_id: UUID) -> HttpResponseBase:
        page = selectors.seat_get(event_id=event_id, seat_id=seat_id)
        return page_response(request, page, seconds=selectors.SEATS_SECONDS)

    @extend_schema(request=BODY, responses=models.Seat)
    def patch(self, request: Request, event_id: UUID, seat_id: UUID) -> Response:
        """Staff: change a seat."""
        return self.change(request, f"/events/{event_id}/seats/{seat_id}")

    @extend_schema(responses={204: None})
    def delete(self, request: Request, event_id: UUID, seat_id: UUID) -> Response:
        """Staff: remove a seat that no booking names."""
        return self.remove(f"/events/{event_id}/seats/{seat_id}")


@extend_schema(tags=["catalogue (staff)"], request=BODY)
class EventActionView(StaffView):
    """Staff: `close-sales` stops the sale; `cancel` cancels all bookings (refunded) and queues, in the background."""

    action = ""

    @extend_schema(responses={200: models.Event, 202: BODY})
    def post(self, request: Request, event_id: UUID) -> Response:
        path = f"/events/{event_id}/{self.action}"
        return _answer(catalog_change(method="POST", path=path, body=_body(request)))


@extend_schema(tags=["catalogue (staff)"], responses=BODY)
class EventOperationsView(StaffView):
    """Staff: how far the cancellation of an event has come."""

    def get(self, request: Request, event_id: UUID) -> Response:
        return _answer(catalog_read(path=f"/events/{event_id}/operations"))


@extend_schema(
    tags=["catalogue (staff)"],
    parameters=[OpenApiParameter("ended", bool, description="Also entries that ended."), *LIST],
    responses=models.TicketWaitlistPage,
)
class EventWaitlistView(StaffView):
    """Staff: who queues for which seat of an event."""

    def get(self, request: Request, event_id: UUID) -> Response:
        query = request.query_params.dict()
        return _answer(catalog_read(path=f"/events/{event_id}/waitlist", query=query))


@extend_schema(tags=["catalogue (staff)"])
class OrganizersView(StaffView):
    """Staff: the organizers whose events are sold."""

    @extend_schema(operation_id="organizers_list", parameters=LIST, responses=BODY)
    def get(self, request: Request) -> Response:
        return _answer(catalog_read(path="/organizers", query=request.query_params.dict()))

    @extend_schema(request=BODY, responses={201: BODY})
    @idempotent
    def post(self, request: Request) -> Response:
        return self.create(request, "/organizers")


@extend_schema(tags=["catalogue (staff)"])
class OrganizerView(StaffView):
    """Staff: one organizer, by slug or id, as ticket names it."""

    @extend_schema(responses=BODY)
    def get(self, request: Request, reference: str) -> Response:
        return _answer(catalog_read(path=organizer_path(reference)))

    @extend_schema(request=BODY, responses=BODY)
    def patch(self, request: Request, reference: str) -> Response:
        return self.change(request, organizer_path(reference))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, reference: str) -> Response:
        return self.remove(organizer_path(reference))
