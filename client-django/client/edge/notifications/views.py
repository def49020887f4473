from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from client.edge.authentication import current_user
from client.edge.notifications.filters import NotificationFilter
from client.edge.notifications.serializers import NotificationSerializer
from client.notifications.models import Notification
from client.notifications.services import notification_read, notification_read_all


@extend_schema(tags=["notifications"])
class NotificationsView(ListAPIView[Notification]):
    """One's own messages, newest first."""

    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter

    def get_queryset(self) -> QuerySet[Notification]:
        return Notification.objects.filter(user=current_user(self.request))


@extend_schema(tags=["notifications"], request=None, responses=NotificationSerializer)
class NotificationReadView(APIView):
    """Mark one as read."""

    def post(self, request: Request, notification_id: UUID) -> Response:
        notification = notification_read(user=current_user(request), notification_id=notification_id)
        return Response(NotificationSerializer(notification).data)


@extend_schema(
    tags=["notifications"],
    request=None,
    responses={200: {"type": "object", "required": ["read"], "properties": {"read": {"type": "integer"}}}},
)
class NotificationReadAllView(APIView):
    """Mark all as read; answers how many were not before."""

    def post(self, request: Request) -> Response:
        return Response({"read": notification_read_all(user=current_user(request))})
