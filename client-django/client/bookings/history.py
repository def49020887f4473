"""The history of a booking: each change adds an entry, in the statement that makes the change.

The newest entry stands first. The row then ends as it did before the change, and the write-ahead log holds only what
differs between the first and the last changed byte of a row. Entries of earlier releases stand the other way round.
"""

from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from django.db.models import F, Func, JSONField, Value
from django.utils import timezone

from client.bookings.models import Booking
from client.domain.booking import BookingStatus


class Actor(StrEnum):
    BUYER = "buyer"
    STAFF = "staff"
    TICKET = "ticket"
    RECONCILER = "reconciler"


class Action(StrEnum):
    REQUESTED = "requested"
    CANCEL_REQUESTED = "cancel-requested"
    REFUSED = "refused"
    MIRRORED = "mirrored"
    ADOPTED = "adopted"
    """The booking is mirrored for the first time: ticket created it."""


class HistoryEntry(TypedDict):
    """One change as this service saw it; `message` is the id of the webhook that told of it."""

    at: str
    actor: str
    action: str
    from_status: NotRequired[str | None]
    to_status: str | None
    version: int
    detail: str
    message: NotRequired[str]


class WithEntry(Func):
    """A booking's history with one more entry."""

    template = "%(expressions)s"
    arg_joiner = " || "

    def __init__(self, entry: HistoryEntry) -> None:
        super().__init__(Value([entry], output_field=JSONField()), F("history"), output_field=JSONField())


def history_entry(
    *,
    actor: Actor,
    action: Action,
    to_status: BookingStatus | None,
    version: int,
    detail: str = "",
    message_id: str | None = None,
) -> HistoryEntry:
    entry = HistoryEntry(
        at=timezone.now().isoformat(),
        actor=actor.value,
        action=action.value,
        to_status=to_status.value if to_status else None,
        version=version,
        detail=detail,
    )
    if message_id is not None:
        entry["message"] = message_id
    return entry


def history_add(*, booking_id: UUID, entry: HistoryEntry) -> None:
    """Adds an entry that comes with no other change of the booking."""
    Booking.objects.filter(id=booking_id).update(history=WithEntry(entry))


def history_has_message(*, booking_id: UUID, message_id: str) -> bool:
    """Returns whether the booking was changed by the webhook with this id."""
    return Booking.objects.filter(id=booking_id, history__contains=[{"message": message_id}]).exists()


def history_of(booking: Booking) -> list[dict[str, Any]]:
    """Returns all changes of the booking, oldest first; those of earlier releases have rows of their own."""
    names = ("at", "actor", "action", "from_status", "to_status", "version", "detail")
    entries = [dict.fromkeys(names) | entry | {"at": datetime.fromisoformat(entry["at"])} for entry in booking.history]
    # Sorting the newest first keeps the order of entries of one moment.
    newest_first = sorted(entries, key=itemgetter("at"), reverse=True)
    return [*booking.changes.values(*names), *reversed(newest_first)]
