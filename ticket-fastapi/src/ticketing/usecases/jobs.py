"""Which job does what, and what is done again and again: the worker's tables for bookings, the queue and events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ticketing.db.bookings import ADVANCE_JOB
from ticketing.services import Services
from ticketing.usecases.advance import advance_job
from ticketing.usecases.cancel_event import CANCEL_EVENT_JOB, cancel_event_job
from ticketing.usecases.positions import POSITIONS_JOB, tell_positions

BOOKING_JOBS: dict[str, Callable[[Services, dict[str, Any]], Awaitable[None]]] = {
    ADVANCE_JOB: advance_job,
    POSITIONS_JOB: tell_positions,
    CANCEL_EVENT_JOB: cancel_event_job,
}
