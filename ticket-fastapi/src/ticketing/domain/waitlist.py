"""The waitlist entry: one buyer in the queue for one seat; its statuses and transitions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from servicekit import transitions
from ticketing.domain.records import Customer, EventFacts, SeatInfo


class EntryStatus(StrEnum):
    """WAITING: in the queue. OFFERED: the buyer can pay for the seat. FULFILLED, LAPSED and LEFT are final."""

    WAITING = "WAITING"
    OFFERED = "OFFERED"
    FULFILLED = "FULFILLED"
    LAPSED = "LAPSED"
    LEFT = "LEFT"


LIVE = frozenset({EntryStatus.WAITING, EntryStatus.OFFERED})


class EntryAction(StrEnum):
    """The actions that change an entry's status."""

    OFFER = "OFFER"
    FULFIL = "FULFIL"
    """The offered booking was paid."""
    LAPSE = "LAPSE"
    """The offered booking ended unpaid."""
    LEAVE = "LEAVE"
    CLOSE = "CLOSE"
    """The sale is over or the event is cancelled, so nobody in the queue can get the seat."""


TRANSITIONS = {
    (EntryStatus.WAITING, EntryAction.OFFER): EntryStatus.OFFERED,
    (EntryStatus.OFFERED, EntryAction.FULFIL): EntryStatus.FULFILLED,
    (EntryStatus.OFFERED, EntryAction.LAPSE): EntryStatus.LAPSED,
    (EntryStatus.WAITING, EntryAction.LEAVE): EntryStatus.LEFT,
    (EntryStatus.WAITING, EntryAction.CLOSE): EntryStatus.LAPSED,
}


def next_status(status: EntryStatus, action: EntryAction) -> EntryStatus:
    """Returns the status after `action`; raises IllegalStepError if the status does not allow the action."""
    return transitions.next_status(TRANSITIONS, status, action)


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    """An entry as stored; `position` is 1 for the first in the queue, None unless WAITING.

    `queue_number` orders all that ever joined the queue. The payment page of the offer sends the buyer back to
    `return_url`.
    """

    id: UUID
    version: int
    status: EntryStatus
    queue_number: int
    position: int | None
    seat: SeatInfo
    event: EventFacts
    customer: Customer
    return_url: str | None
    booking_id: UUID | None
    offer_expires_at: datetime | None
    joined_at: datetime
    updated_at: datetime
