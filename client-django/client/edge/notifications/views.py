from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from client.edge.authentication import current_user
from client.edge.notifications.filters import NotificationFilter
from client.edge.notifications.serializers import NotificationSerializer
from client.notifications.models import Notification
from client.notifications.services import notification_read, notification_read_all


@extend_schema_view(
    get=extend_schema(
        summary="Lists the caller's notifications, newest first.",
        description="Users call this to read their messages. It returns one page and the cursor of the next one.",
    )
)
@extend_schema(tags=["notifications"])
class NotificationsView(ListAPIView[Notification]):
    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter

    def get_queryset(self) -> QuerySet[Notification]:
        return Notification.objects.filter(user=current_user(self.request))


@extend_schema(tags=["notifications"], request=None, responses=NotificationSerializer)
class NotificationReadView(APIView):
    @extend_schema(summary="Marks a notification as read.")
    def post(self, request: Request, notification_id: UUID) -> Response:
        """Users call this for one of their notifications. It returns the notification with the time of reading."""
        notification = notification_read(user=current_user(request), notification_id=notification_id)
        return Response(NotificationSerializer(notification).data)


@extend_schema(
    tags=["notifications"],
    request=None,
    responses={200: {"type": "object", "required": ["read"], "properties": {"read": {"type": "integer"}}}},
)
class NotificationReadAllView(APIView):
    @extend_schema(summary="Marks all notifications as read.")
    def post(self, request: Request) -> Response:
        """Users call this for all their notifications. It returns the number that was unread before."""
        return Response({"read": notification_read_all(user=current_user(request))})
