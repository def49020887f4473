"""Records the changes of a booking, each in the transaction of the change."""

from enum import StrEnum
from uuid import UUID

from django.utils import timezone

from client.bookings.models import BookingChange
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


def change_record(
    *,
    booking_id: UUID,
    actor: Actor,
    action: Action,
    from_status: BookingStatus | None,
    to_status: BookingStatus | None,
    version: int,
    detail: str = "",
) -> None:
    BookingChange.objects.create(
        booking_id=booking_id,
        at=timezone.now(),
        actor=actor,
        action=action,
        from_status=from_status,
        to_status=to_status,
        version=version,
        detail=detail,
    )
