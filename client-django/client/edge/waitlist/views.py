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
    """A request to queue for a seat. Unknown fields are refused."""

    seat_id = IdField()


class PageSerializer(serializers.Serializer[None]):
    """The part of the list to return."""

    cursor = serializers.CharField(
        max_length=1000,
        required=False,
        default=None,
        allow_null=True,
        help_text="The `next_cursor` of the previous page.",
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=100, default=50, help_text="The largest number of items to return."
    )


@extend_schema(tags=["waitlist"])
class WaitlistView(APIView):
    @extend_schema(
        operation_id="waitlist_list",
        summary="Lists the caller's waitlist entries.",
        parameters=[PageSerializer],
        responses=TicketWaitlistPage,
    )
    def get(self, request: Request) -> Response:
        """Buyers call this to see their positions and offers. It returns one page and the cursor of the next one."""
        query = PageSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        page = services.waitlist_list(user=current_user(request), **query.validated_data)
        return Response(page.model_dump(mode="json"))

    @extend_schema(
        summary="Joins the queue for a taken seat.", request=JoinSerializer, responses={201: TicketWaitlistEntry}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Buyers call this to get a seat if its present buyer gives it back. It returns the entry with its position.

        It is refused with `seat-open`, `seat-already-yours` or `already-queued`.
        """
        serializer = JoinSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        entry = services.waitlist_join(
            user=current_user(request), key=creation_id(request), seat_id=serializer.validated_data["seat_id"]
        )
        return Response(entry.model_dump(mode="json"), status=status.HTTP_201_CREATED)


@extend_schema(tags=["waitlist"])
class WaitlistEntryView(APIView):
    @extend_schema(summary="Returns a waitlist entry.", responses=TicketWaitlistEntry)
    def get(self, request: Request, entry_id: UUID) -> Response:
        """Buyers call this for their own entries, staff for any. It returns the position or the offer."""
        entry = services.waitlist_get(user=current_user(request), entry_id=entry_id)
        return Response(entry.model_dump(mode="json"))

    @extend_schema(summary="Leaves a queue.", responses={204: None})
    def delete(self, request: Request, entry_id: UUID) -> Response:
        """Buyers call this to give up their position or offer. The booking of an offer is cancelled.

        It is refused with `not-leavable` if the entry has ended.
        """
        services.waitlist_leave(user=current_user(request), entry_id=entry_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
