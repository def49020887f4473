"""Every status and every action of the three state machines; transitions not listed are refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from servicekit.transitions import IllegalStepError
from ticketing.domain import booking, seat, waitlist

SEAT = {
    ("OPEN", "TAKE"): "ON_GOING",
    ("ON_GOING", "SELL"): "BOOKED",
    ("BOOKED", "TAKE_BACK"): "ON_GOING",
    ("ON_GOING", "REASSIGN"): "ON_GOING",
    ("ON_GOING", "OPEN"): "OPEN",
}
BOOKING = {
    ("HOLDING", "CONFIRM"): "AWAITING_PAYMENT",
    ("HOLDING", "FAIL_HOLD"): "FAILED",
    ("HOLDING", "CANCEL_HOLD"): "CANCELLED",
    ("AWAITING_PAYMENT", "PAY"): "BOOKED",
    ("AWAITING_PAYMENT", "FAIL_PAYMENT"): "FAILED",
    ("AWAITING_PAYMENT", "EXPIRE"): "EXPIRED",
    ("AWAITING_PAYMENT", "CANCEL"): "CANCELLED",
    ("BOOKED", "CANCEL"): "CANCELLED",
}
ENTRY = {
    ("WAITING", "OFFER"): "OFFERED",
    ("OFFERED", "FULFIL"): "FULFILLED",
    ("OFFERED", "LAPSE"): "LAPSED",
    ("WAITING", "LEAVE"): "LEFT",
    ("WAITING", "CLOSE"): "LAPSED",
}

CASES = [
    pytest.param(next_status, status, action, table.get((status.value, action.value)), id=f"{name} {status} {action}")
    for name, table, statuses, actions, next_status in (
        ("seat", SEAT, seat.SeatStatus, seat.SeatAction, seat.next_status),
        ("booking", BOOKING, booking.BookingStatus, booking.BookingAction, booking.next_status),
        ("entry", ENTRY, waitlist.EntryStatus, waitlist.EntryAction, waitlist.next_status),
    )
    for status, action in product(statuses, actions)
]


@pytest.mark.parametrize(("next_status", "status", "action", "expected"), CASES)
def test_each_step_leads_where_the_design_says_or_is_refused(
    next_status: Callable[[Any, Any], str], status: Any, action: Any, expected: str | None
) -> None:
    if expected is None:
        with pytest.raises(IllegalStepError):
            next_status(status, action)
    else:
        assert next_status(status, action) == expected


def test_each_listed_transition_is_one_of_the_cases() -> None:
    listed = sum(case.values[3] is not None for case in CASES)
    assert listed == len(SEAT) + len(BOOKING) + len(ENTRY)


@pytest.mark.parametrize("ended", ["FAILED", "EXPIRED", "CANCELLED"])
def test_an_ended_booking_has_no_transition(ended: str) -> None:
    assert not [action for (status, action) in booking.TRANSITIONS if status == ended]
