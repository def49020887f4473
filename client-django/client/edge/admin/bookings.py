from datetime import datetime

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from servicekit.times import format_moment

from client.bookings.history import history_of
from client.bookings.models import Booking
from client.bookings.time_zone import zone_of_event
from client.domain.seat import seat_label
from client.edge.admin.read_only import ReadOnly


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
    exclude = ("event", "seats", "hold_expires_at", "history")
    readonly_fields = ("event_name", "event_starts", "seat_names", "held_until", "changes")
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

    @admin.display(description="history")
    def changes(self, booking: Booking) -> str:
        zone = zone_of_event(booking.event)
        lines = [
            (format_moment(each["at"], zone), each["actor"], each["action"], each["to_status"] or "", each["detail"])
            for each in history_of(booking)
        ]
        return format_html_join(mark_safe("<br>"), "{} · {} · {} · {} · {}", lines)
