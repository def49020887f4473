from django.contrib import admin

from client.edge.admin.read_only import ReadOnly
from client.notifications.models import Notification


@admin.register(Notification)
class NotificationAdmin(ReadOnly, admin.ModelAdmin[Notification]):
    list_display = ("created_at", "user", "kind", "title", "read_at", "email_state", "email_attempts")
    list_filter = ("kind", "email_state", "created_at")
    search_fields = ("user__email", "title", "booking_id__exact")
    list_select_related = ("user",)
    ordering = ("-created_at",)
