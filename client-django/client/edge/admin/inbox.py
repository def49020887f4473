from django.contrib import admin

from client.edge.admin.read_only import ReadOnly
from client.webhooks.models import InboxMessage


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnly, admin.ModelAdmin[InboxMessage]):
    list_display = ("received_at", "type", "subject_id", "version", "outcome", "id")
    list_filter = ("type", "outcome", "received_at")
    search_fields = ("id", "subject_id")
    ordering = ("-received_at",)
