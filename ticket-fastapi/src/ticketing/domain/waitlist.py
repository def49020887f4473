"""A waitlist entry's states (DESIGN section 3): one buyer's place in the queue for one seat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from servicekit import transitions
from ticketing.domain.records import Customer, EventFacts, SeatInfo


class EntryStatus(StrEnum):
    """WAITING in line, OFFERED the seat; FULFILLED, LAPSED and LEFT are ends."""

    WAITING = "WAITING"
    OFFERED = "OFFERED"
    FULFILLED = "FULFILLED"
    LAPSED = "LAPSED"
    LEFT = "LEFT"


class EntryAction(StrEnum):
    """What happens to an entry."""

    OFFER = "OFFER"
    FULFIL = "FULFIL"
    """The offered booking was paid."""
    LAPSE = "LAPSE"
    """The offered booking ended unpaid."""
    LEAVE = "LEAVE"
    CLOSE = "CLOSE"
    """The sale is over or the event cancelled: nobody in line can have the seat any more."""


FREES_POSITION = frozenset({EntryAction.OFFER, EntryAction.LEAVE})
"""Those behind move up. When a line closes, nobody is left behind."""

TRANSITIONS = {
    (EntryStatus.WAITING, EntryAction.OFFER): EntryStatus.OFFERED,
    (EntryStatus.OFFERED, EntryAction.FULFIL): EntryStatus.FULFILLED,
    (EntryStatus.OFFERED, EntryAction.LAPSE): EntryStatus.LAPSED,
    (EntryStatus.WAITING, EntryAction.LEAVE): EntryStatus.LEFT,
    (EntryStatus.WAITING, EntryAction.CLOSE): EntryStatus.LAPSED,
}


def next_status(status: EntryStatus, action: EntryAction) -> EntryStatus:
    """The entry's state after `action`; IllegalStepError if there is none."""
    return transitions.next_status(TRANSITIONS, status, action)


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    """An entry as stored; `position` is 1 for the first in line, None unless WAITING.

    `return_url`: where the payment page of its offer leads back to.
    """

    id: UUID
    version: int
    status: EntryStatus
    position: int | None
    seat: SeatInfo
    event: EventFacts
    customer: Customer
    return_url: str | None
    booking_id: UUID | None
    offer_expires_at: datetime | None
    joined_at: datetime
    updated_at: datetime
