"""The statuses of a seat and the transitions between them.

A seat that is not OPEN names the booking that has it.
"""

from __future__ import annotations

from enum import StrEnum

from servicekit import transitions


class SeatStatus(StrEnum):
    """OPEN: anybody can book it. ON_GOING: its booking is not paid, or not fully released. BOOKED: it is sold."""

    OPEN = "OPEN"
    ON_GOING = "ON_GOING"
    BOOKED = "BOOKED"


class SeatAction(StrEnum):
    """The actions that change a seat."""

    TAKE = "TAKE"
    SELL = "SELL"
    TAKE_BACK = "TAKE_BACK"
    """The paid booking was cancelled; its release has begun."""
    REASSIGN = "REASSIGN"
    """The seat is reassigned to the first in its queue, without being OPEN in between."""
    OPEN = "OPEN"


TRANSITIONS = {
    (SeatStatus.OPEN, SeatAction.TAKE): SeatStatus.ON_GOING,
    (SeatStatus.ON_GOING, SeatAction.SELL): SeatStatus.BOOKED,
    (SeatStatus.BOOKED, SeatAction.TAKE_BACK): SeatStatus.ON_GOING,
    (SeatStatus.ON_GOING, SeatAction.REASSIGN): SeatStatus.ON_GOING,
    (SeatStatus.ON_GOING, SeatAction.OPEN): SeatStatus.OPEN,
}


def next_status(status: SeatStatus, action: SeatAction) -> SeatStatus:
    """Returns the status after `action`; raises IllegalStepError if the status does not allow the action."""
    return transitions.next_status(TRANSITIONS, status, action)


def statuses_around(action: SeatAction) -> tuple[SeatStatus, SeatStatus]:
    """Returns the only status that allows `action`, and the one that follows."""
    ((before, after),) = [(before, after) for (before, step), after in TRANSITIONS.items() if step is action]
    return before, after
