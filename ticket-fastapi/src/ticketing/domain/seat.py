"""A seat's states (DESIGN section 3). A seat that is not OPEN names the booking that has it."""

from __future__ import annotations

from enum import StrEnum

from servicekit import transitions


class SeatStatus(StrEnum):
    """OPEN: anybody may book it.

    ON_GOING: a booking has it that is not paid, or whose end is not yet complete. BOOKED: sold.
    """

    OPEN = "OPEN"
    ON_GOING = "ON_GOING"
    BOOKED = "BOOKED"


class SeatAction(StrEnum):
    """What happens to a seat."""

    TAKE = "TAKE"
    SELL = "SELL"
    TAKE_BACK = "TAKE_BACK"
    """The booking that bought it was cancelled; its release is under way."""
    HAND_OVER = "HAND_OVER"
    """It goes to the first in line, without having been OPEN."""
    OPEN = "OPEN"


TRANSITIONS = {
    (SeatStatus.OPEN, SeatAction.TAKE): SeatStatus.ON_GOING,
    (SeatStatus.ON_GOING, SeatAction.SELL): SeatStatus.BOOKED,
    (SeatStatus.BOOKED, SeatAction.TAKE_BACK): SeatStatus.ON_GOING,
    (SeatStatus.ON_GOING, SeatAction.HAND_OVER): SeatStatus.ON_GOING,
    (SeatStatus.ON_GOING, SeatAction.OPEN): SeatStatus.OPEN,
}


def next_status(status: SeatStatus, action: SeatAction) -> SeatStatus:
    """The seat's state after `action`; IllegalStepError if there is none."""
    return transitions.next_status(TRANSITIONS, status, action)
