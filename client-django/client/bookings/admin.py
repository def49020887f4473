from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from client.bookings.models import Booking, BookingChange
from client.notifications.texts import seat_label


class ReadOnly:
    """What happened is looked at here, not changed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ChangeInline(ReadOnly, admin.TabularInline[BookingChange, Booking]):
    model = BookingChange
    fields = ("at", "actor", "action", "from_status", "to_status", "version", "detail")
    extra = 0
    verbose_name_plural = "history"


@admin.register(Booking)
class BookingAdmin(ReadOnly, admin.ModelAdmin[Booking]):
    list_display = (
        "created_at",
        "event_name",
        "user",
        "status",
        "failure_reason",
        "amount",
        "invoice_number",
        "origin",
    )
    list_filter = ("status", "failure_reason", "origin", "created_at")
    search_fields = ("id", "user__email", "invoice_number")
    search_help_text = "Booking id, e-mail address or invoice number"
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    exclude = ("event", "seats")
    readonly_fields = ("event_name", "seat_names")
    inlines: ClassVar = [ChangeInline]
    show_full_result_count = False

    @admin.display(description="event")
    def event_name(self, booking: Booking) -> str:
        return booking.event.get("name") or str(booking.event_id)

    @admin.display(description="seats")
    def seat_names(self, booking: Booking) -> str:
        return ", ".join(seat_label(seat) for seat in booking.seats)
