from typing import ClassVar

from django_filters import rest_framework as filters

from client.notifications.models import Notification


class NotificationFilter(filters.FilterSet):  # type: ignore[misc]
    unread = filters.BooleanFilter(
        field_name="read_at", lookup_expr="isnull", label="Only unread notifications, or only read ones."
    )

    class Meta:
        model = Notification
        fields: ClassVar[list[str]] = []
