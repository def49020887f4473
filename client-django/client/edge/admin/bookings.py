from datetime import datetime
from typing import ClassVar

from django.contrib import admin
from servicekit.times import format_moment

from client.bookings.models import Booking, BookingChange
from client.bookings.time_zone import zone_of_event
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
    exclude = ("event", "seats", "hold_expires_at")
    readonly_fields = ("event_name", "event_starts", "seat_names", "held_until")
    inlines: ClassVar = [ChangeInline]
    show_full_result_count = False

    @admin.display(description="event")
    def event_name(self, booking: Booking) -> str:
        return booking.event.get("name") or str(booking.event_id)

    @admin.display(description="starts")
    def event_starts(self, booking: Booking) -> str:
        starts_at = booking.event.get("starts_at")
        return format_moment(datetime.fromisoformat(starts_at), zone_of_event(booking.event)) if starts_at else ""

    @admin.display(description="held until")
    def held_until(self, booking: Booking) -> str:
        held = booking.hold_expires_at
        return format_moment(held, zone_of_event(booking.event)) if held else ""

    @admin.display(description="seats")
    def seat_names(self, booking: Booking) -> str:
        return "; ".join(seat_label(seat) for seat in booking.seats)
