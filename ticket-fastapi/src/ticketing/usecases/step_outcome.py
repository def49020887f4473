"""The outcome of a booking's step: it is done, or has to be repeated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ticketing.domain.booking_record import Booking

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=60)
LONGEST_WAIT_FOR_THE_STORE = timedelta(seconds=30)
"""With the time of one call (`object_store.CALL_SECONDS`), documents follow within a minute of the store's return."""


@dataclass(frozen=True, slots=True)
class Done:
    """The step is done; the next one can start at once."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The step cannot be completed yet; it is repeated after this time."""

    after: timedelta


DONE = Done()


def retry_later(booking: Booking, *, shortest: timedelta = SHORTEST_WAIT, longest: timedelta = LONGEST_WAIT) -> Retry:
    """Returns a retry after half of the time since the booking last changed, between `shortest` and `longest`."""
    age = datetime.now(UTC) - booking.updated_at
    return Retry(min(max(age / 2, shortest), longest))
