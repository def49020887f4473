"""Decides which change notifies its user. Each notification has a cause, and a cause notifies only once.

A change does not depend on its notification: a failure to write or store a notification is logged and counted, and the
change stays.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.dispatch import receiver

from client.accounts.models import User
from client.bookings.models import Booking
from client.bookings.signals import booking_changed
from client.database.failures import is_unavailable
from client.notifications import event_changes, texts
from client.notifications.event_changes import EventFacts
from client.notifications.services import CausedMessage, Message, notification_create
from client.observability.metrics import NOTIFICATIONS_LOST
from client.ticket_api.models import TicketWaitlistEntry
from client.waitlist.signals import waitlist_entry_changed

log = structlog.get_logger("client.notifications")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What may notify a user: its cause, and what writes the message, or returns None if nobody is notified."""

    cause: str
    write: Callable[[], Message | None]
    booking_id: UUID | None
    waitlist_entry_id: UUID | None = None


def occasions_of_booking(booking: Booking, previous_event: EventFacts | None) -> list[Occasion]:
    """Returns what may notify the buyer of the booking in its present state."""
    about = f"booking:{booking.id}"
    occasions = [
        Occasion(f"{about}:{booking.status}", lambda: texts.of_booking(booking), booking.id),
        Occasion(f"{about}:REFUNDED", lambda: texts.of_refund(booking), booking.id),
    ]
    if previous_event is not None:
        change = partial(event_changes.of_booking, booking, previous_event)
        occasions.append(Occasion(f"{about}:EVENT_CHANGED:{booking.version}", change, booking.id))
    return occasions


@receiver(booking_changed)
def notify_of_booking(*, booking: Booking, previous_event: EventFacts | None, **_: object) -> None:
    """Notifies the buyer, within the transaction that changed the booking."""
    for occasion in occasions_of_booking(booking, previous_event):
        _notify(occasion, user=booking.user)


@receiver(waitlist_entry_changed)
def notify_of_waitlist_entry(
    *, user: User, entry: TicketWaitlistEntry, previous_event: EventFacts | None, **_: object
) -> None:
    """Notifies the user, within the transaction that changed the entry. Each status makes one notification, however
    often ticket sends it.
    """
    about = f"waitlist:{entry.id}"
    status = Occasion(f"{about}:{entry.status.value}", lambda: texts.of_waitlist(entry), entry.booking_id, entry.id)
    _notify(status, user=user)
    if previous_event is not None:
        change = partial(event_changes.of_waitlist, entry, previous_event)
        _notify(Occasion(f"{about}:EVENT_CHANGED:{entry.version}", change, None, entry.id), user=user)


def messages_written(occasions: Iterable[Occasion]) -> list[CausedMessage]:
    """Writes the messages. One that cannot be written is logged and counted, and left out."""
    written = []
    for occasion in occasions:
        try:
            message = occasion.write()
        except Exception as error:  # noqa: BLE001 - the change stays, whatever its message lacks
            _record_loss(occasion, error)
            continue
        if message is not None:
            written.append(
                CausedMessage(
                    cause=occasion.cause,
                    message=message,
                    booking_id=occasion.booking_id,
                    waitlist_entry_id=occasion.waitlist_entry_id,
                )
            )
    return written


def _notify(occasion: Occasion, *, user: User) -> None:
    """Stores a notification. Raises only if the database is away: then the change cannot be committed either."""
    for caused in messages_written([occasion]):
        try:
            with transaction.atomic():
                notification_create(user=user, caused=caused)
        except Exception as error:
            if is_unavailable(error):
                raise
            _record_loss(occasion, error)


def _record_loss(occasion: Occasion, error: Exception) -> None:
    NOTIFICATIONS_LOST.inc()
    log.error("notification.failed", cause=occasion.cause, exc_info=error)
