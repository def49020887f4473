"""The outcome of a booking's step: it is done, or has to be repeated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ticketing.domain.booking_record import Booking

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Done:
    """The step is done; the next one can start at once."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The step cannot be completed yet; it is repeated after this time."""

    after: timedelta


DONE = Done()


def retry_later(booking: Booking, *, shortest: timedelta = SHORTEST_WAIT) -> Retry:
    """Returns a retry after half of the time since the booking last changed, at least `shortest`, at most a minute."""
    age = datetime.now(UTC) - booking.updated_at
    return Retry(min(max(age / 2, shortest), LONGEST_WAIT))
