from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from client.bookings import services
from client.bookings.models import Booking
from client.bookings.selectors import booking_get, booking_list
from client.edge.authentication import current_user
from client.edge.bookings import serializers
from client.edge.bookings.book import book_ordinarily
from client.edge.bookings.filters import BookingFilter
from client.edge.idempotency import creation_id, idempotent
from client.edge.throttles import BookingThrottle
from client.edge.viewers import opaque, viewer_address
from client.timeline import booking_timeline

Answer = serializers.BookingSerializer


@extend_schema_view(
    get=extend_schema(
        summary="Lists bookings, newest first.",
        description=(
            "Buyers call this for their history, which includes failed bookings; staff call it for everybody's "
            "bookings. It returns one page and the cursor of the next one."
        ),
    )
)
@extend_schema(tags=["bookings"])
class BookingsView(ListAPIView[Booking]):
    queryset = Booking.objects.none()
    serializer_class = Answer
    filterset_class = BookingFilter

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Leaves ordinary requests for bookings to `book_ordinarily`, which gives the same answers for less."""
        return book_ordinarily(request) or super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Booking]:
        return booking_list(viewer=current_user(self.request))

    def get_throttles(self) -> list[BaseThrottle]:
        return [BookingThrottle()] if self.request.method == "POST" else []

    @extend_schema(
        summary="Books one to ten seats of an event, all or none.",
        request=serializers.BookingRequestSerializer,
        responses={201: Answer},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Buyers call this with the seats that they have chosen. It returns the booking with its payment URL.

        The problems `seat-unavailable`, `organizer-declined`, `organizer-unreachable`, `payment-unavailable` and
        `ticket-unavailable` carry the `booking_id` of the stored booking. `too-many-unpaid-seats` means that the buyer,
        or the buyers of one address, have too many seats to pay for: nothing is stored, and the same request may
        succeed once some are paid or cancelled.
        """
        serializer = serializers.BookingRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        booking = services.booking_request(
            user=current_user(request),
            booking_id=creation_id(request),
            buyer_address=opaque("buyer address", viewer_address(request)),
            **serializer.validated_data,
        )
        return Response(Answer(booking).data, status=status.HTTP_201_CREATED)


class BookingDetailView(APIView):
    def booking(self, booking_id: UUID) -> Booking:
        return booking_get(viewer=current_user(self.request), booking_id=booking_id)


@extend_schema(tags=["bookings"], responses=Answer)
class BookingView(BookingDetailView):
    @extend_schema(summary="Returns a booking.")
    def get(self, request: Request, booking_id: UUID) -> Response:
        """Buyers call this for their own bookings, staff for any. It returns the newest known state."""
        return Response(Answer(self.booking(booking_id)).data)


@extend_schema(tags=["bookings"], request=None, responses=Answer)
class BookingRefreshView(BookingDetailView):
    @extend_schema(summary="Asks the ticket service for the state of a booking.")
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Buyers and staff call this instead of waiting for the next event. It returns the booking in its new state."""
        return Response(Answer(services.booking_refresh(booking=self.booking(booking_id))).data)


@extend_schema(tags=["bookings"], request=None, responses=Answer)
class BookingCancelView(BookingDetailView):
    @extend_schema(summary="Cancels a booking.")
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Buyers call this for their own bookings, staff for any. It returns the booking.

        The invoice of an unpaid booking is voided; a paid booking is refunded. The problem `payment-in-progress` means
        that the booking is being paid; `event-started` means that the event has begun, so that only staff can cancel a
        paid booking.
        """
        booking = services.booking_cancel(booking=self.booking(booking_id), actor=current_user(request))
        return Response(Answer(booking).data)


@extend_schema(tags=["bookings"], responses=serializers.TicketLinkSerializer)
class BookingTicketView(BookingDetailView):
    @extend_schema(summary="Returns a link to the document of a booking.")
    def get(self, request: Request, booking_id: UUID) -> Response:
        """Buyers and staff call this to download the PDF. It returns a new presigned link.

        The document is the confirmation if the booking is booked, or the notice if it ended otherwise. The problem
        `ticket-not-ready` means that there is no document yet.
        """
        link = services.booking_document(booking=self.booking(booking_id))
        return Response(serializers.TicketLinkSerializer(link).data)


@extend_schema(tags=["bookings"], responses=serializers.TimelineSerializer)
class BookingTimelineView(BookingDetailView):
    @extend_schema(summary="Returns the timeline of a booking.")
    def get(self, request: Request, booking_id: UUID) -> Response:
        """Buyers and staff call this to see what happened. It returns the steps in all services, oldest first.

        `note` says if the steps of other services are missing, because the ticket service does not answer.
        """
        return Response(serializers.TimelineSerializer(booking_timeline(booking=self.booking(booking_id))).data)
