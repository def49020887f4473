from typing import ClassVar

from django.contrib import admin

from client.bookings.models import Booking, BookingChange
from client.domain.seat import seat_label
from client.edge.admin.read_only import ReadOnly


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
        return "; ".join(seat_label(seat) for seat in booking.seats)
