"""Decides which change notifies its user. Each notification has a cause, and a cause notifies only once.

A change does not depend on its notification: a failure to write or store a notification is logged and counted, and the
change stays.
"""

from collections.abc import Callable
from uuid import UUID

import structlog
from django.db import transaction
from django.dispatch import receiver

from client.accounts.models import User
from client.bookings.models import Booking
from client.bookings.signals import booking_changed
from client.database.failures import is_unavailable
from client.domain.booking import BookingStatus
from client.notifications import event_changes, texts
from client.notifications.emails import email_release
from client.notifications.event_changes import EventFacts
from client.notifications.services import Message, notification_create
from client.observability.metrics import NOTIFICATIONS_LOST
from client.ticket_api.models import TicketWaitlistEntry
from client.waitlist.signals import waitlist_entry_changed

log = structlog.get_logger("client.notifications")


@receiver(booking_changed)
def notify_of_booking(*, booking: Booking, previous_event: EventFacts | None, **_: object) -> None:
    """Notifies the buyer, within the transaction that changed the booking."""
    user, cause = booking.user, f"booking:{booking.id}"
    _notify(f"{cause}:{booking.status}", lambda: texts.of_booking(booking), user=user, booking_id=booking.id)
    if booking.status == BookingStatus.BOOKED and booking.document_kind:
        email_release(cause=f"{cause}:{booking.status}")
    _notify(f"{cause}:REFUNDED", lambda: texts.of_refund(booking), user=user, booking_id=booking.id)
    if previous_event is not None:
        _notify(
            f"{cause}:EVENT_CHANGED:{booking.version}",
            lambda: event_changes.of_booking(booking, previous_event),
            user=user,
            booking_id=booking.id,
        )


@receiver(waitlist_entry_changed)
def notify_of_waitlist_entry(
    *, user: User, entry: TicketWaitlistEntry, previous_event: EventFacts | None, **_: object
) -> None:
    """Notifies the user, within the transaction that changed the entry. Each status makes one notification, however
    often ticket sends it.
    """
    _notify(
        f"waitlist:{entry.id}:{entry.status.value}",
        lambda: texts.of_waitlist(entry),
        user=user,
        booking_id=entry.booking_id,
        waitlist_entry_id=entry.id,
    )
    if previous_event is not None:
        _notify(
            f"waitlist:{entry.id}:EVENT_CHANGED:{entry.version}",
            lambda: event_changes.of_waitlist(entry, previous_event),
            user=user,
            booking_id=None,
            waitlist_entry_id=entry.id,
        )


def _notify(
    cause: str,
    write: Callable[[], Message | None],
    *,
    user: User,
    booking_id: UUID | None,
    waitlist_entry_id: UUID | None = None,
) -> None:
    """Stores a notification. Raises only if the database is away: then the change cannot be committed either."""
    try:
        message = write()
        if message is None:
            return
        with transaction.atomic():
            notification_create(
                user=user, cause=cause, message=message, booking_id=booking_id, waitlist_entry_id=waitlist_entry_id
            )
    except Exception as error:
        if is_unavailable(error):
            raise
        NOTIFICATIONS_LOST.inc()
        log.exception("notification.failed", cause=cause)
