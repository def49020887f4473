from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
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
from client.edge.bookings.filters import BookingFilter
from client.edge.idempotency import creation_id, idempotent
from client.edge.throttles import BookingThrottle
from client.timeline import booking_timeline

Answer = serializers.BookingSerializer


@extend_schema(tags=["bookings"])
class BookingsView(ListAPIView[Booking]):
    """One's own bookings, failed ones too; staff see everybody's."""

    queryset = Booking.objects.none()
    serializer_class = Answer
    filterset_class = BookingFilter

    def get_queryset(self) -> QuerySet[Booking]:
        return booking_list(viewer=current_user(self.request))

    def get_throttles(self) -> list[BaseThrottle]:
        return [BookingThrottle()] if self.request.method == "POST" else []

    @extend_schema(request=serializers.BookingRequestSerializer, responses={201: Answer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Book one to ten seats of an event, all or none.

        Problems `seat-unavailable`, `organizer-declined`, `organizer-unreachable`, `payment-unavailable` and
        `ticket-unavailable`
        carry the `booking_id` of the stored booking.
        """
        serializer = serializers.BookingRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        booking = services.booking_request(
            user=current_user(request), booking_id=creation_id(request), **serializer.validated_data
        )
        return Response(Answer(booking).data, status=status.HTTP_201_CREATED)


class BookingDetailView(APIView):
    def booking(self, booking_id: UUID) -> Booking:
        return booking_get(viewer=current_user(self.request), booking_id=booking_id)


@extend_schema(tags=["bookings"], responses=Answer)
class BookingView(BookingDetailView):
    """One booking, as far as this service knows."""

    def get(self, request: Request, booking_id: UUID) -> Response:
        return Response(Answer(self.booking(booking_id)).data)


@extend_schema(tags=["bookings"], request=None, responses=Answer)
class BookingRefreshView(BookingDetailView):
    """Ask the ticket service now."""

    def post(self, request: Request, booking_id: UUID) -> Response:
        return Response(Answer(services.booking_refresh(booking=self.booking(booking_id))).data)


@extend_schema(tags=["bookings"], request=None, responses=Answer)
class BookingCancelView(BookingDetailView):
    """Cancel: an unpaid booking's invoice is voided, a paid one is refunded.

    409 `payment-in-progress` while it is being paid; `event-started` for a paid one whose event has begun, which
    only staff can cancel then.
    """

    def post(self, request: Request, booking_id: UUID) -> Response:
        booking = services.booking_cancel(booking=self.booking(booking_id), actor=current_user(request))
        return Response(Answer(booking).data)


@extend_schema(tags=["bookings"], responses=serializers.TicketLinkSerializer)
class BookingTicketView(BookingDetailView):
    """A fresh link to the document: the confirmation of a booked one, the notice of one that ended otherwise."""

    def get(self, request: Request, booking_id: UUID) -> Response:
        link = services.booking_document(booking=self.booking(booking_id))
        return Response(serializers.TicketLinkSerializer(link).data)


@extend_schema(tags=["bookings"], responses=serializers.TimelineSerializer)
class BookingTimelineView(BookingDetailView):
    """Every step in order of time, across services."""

    def get(self, request: Request, booking_id: UUID) -> Response:
        return Response(serializers.TimelineSerializer(booking_timeline(booking=self.booking(booking_id))).data)
