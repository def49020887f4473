from rest_framework import serializers

from client.notifications.models import Notification


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """A message to a user."""

    class Meta:
        model = Notification
        fields = ("id", "kind", "title", "body", "booking_id", "waitlist_entry_id", "read_at", "created_at")
        read_only_fields = fields
