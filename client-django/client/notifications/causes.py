"""Which change gives reason to tell somebody, and under which cause, so that nobody is told twice."""

from client.accounts.models import User
from client.bookings.models import Booking
from client.integrations.ticket.models import TicketWaitlistEntry
from client.notifications import texts
from client.notifications.services import notification_create


def booking_changed(*, booking: Booking) -> None:
    """Within the transaction that changed it."""
    if message := texts.of_booking(booking):
        notification_create(
            user=booking.user, cause=f"booking:{booking.id}:{booking.status}", message=message, booking_id=booking.id
        )
    if message := texts.of_refund(booking):
        notification_create(
            user=booking.user, cause=f"booking:{booking.id}:REFUNDED", message=message, booking_id=booking.id
        )


def waitlist_changed(*, user: User, entry: TicketWaitlistEntry) -> None:
    """Within the transaction that changed it. A position is told once, however often it is sent."""
    message = texts.of_waitlist(entry)
    if message is None:
        return
    what = f"WAITING:{entry.position}" if entry.status == "WAITING" else entry.status.value
    notification_create(
        user=user,
        cause=f"waitlist:{entry.id}:{what}",
        message=message,
        booking_id=entry.booking_id,
        waitlist_entry_id=entry.id,
    )
