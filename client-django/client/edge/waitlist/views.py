from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from client.edge.authentication import current_user
from client.edge.idempotency import creation_id, idempotent
from client.edge.serializers import IdField, StrictSerializer
from client.ticket_api.models import TicketWaitlistEntry, TicketWaitlistPage
from client.waitlist import services


class JoinSerializer(StrictSerializer):
    seat_id = IdField()


class PageSerializer(serializers.Serializer[None]):
    """Which part of the list."""

    cursor = serializers.CharField(max_length=1000, required=False, default=None, allow_null=True)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)


@extend_schema(tags=["waitlist"])
class WaitlistView(APIView):
    """One's own places in queues."""

    @extend_schema(operation_id="waitlist_list", parameters=[PageSerializer], responses=TicketWaitlistPage)
    def get(self, request: Request) -> Response:
        query = PageSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page = services.waitlist_list(user=current_user(request), **query.validated_data)
        return Response(page.model_dump(mode="json"))

    @extend_schema(request=JoinSerializer, responses={201: TicketWaitlistEntry})
    @idempotent
    def post(self, request: Request) -> Response:
        """Queue for a taken seat. 409 `seat-open`, `seat-already-yours`, `already-queued`."""
        serializer = JoinSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        entry = services.waitlist_join(
            user=current_user(request), key=creation_id(request), seat_id=serializer.validated_data["seat_id"]
        )
        return Response(entry.model_dump(mode="json"), status=status.HTTP_201_CREATED)


@extend_schema(tags=["waitlist"])
class WaitlistEntryView(APIView):
    """One place in a queue."""

    @extend_schema(responses=TicketWaitlistEntry)
    def get(self, request: Request, entry_id: UUID) -> Response:
        entry = services.waitlist_get(user=current_user(request), entry_id=entry_id)
        return Response(entry.model_dump(mode="json"))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, entry_id: UUID) -> Response:
        """Leave the queue; leaving an offer cancels its booking. 409 `not-leavable` when it is over already."""
        services.waitlist_leave(user=current_user(request), entry_id=entry_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
