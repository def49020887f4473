"""How a step of a booking's life ends: done, or to be looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ticketing.domain.booking_record import Booking

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Done:
    """The step is taken; what follows it may begin at once."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not yet; look again then."""

    after: timedelta


DONE = Done()


def retry_later(booking: Booking) -> Retry:
    """Look again after half of the time since the booking last changed: soon at first, ever more rarely, at least once
    a minute.
    """
    age = datetime.now(UTC) - booking.updated_at
    return Retry(min(max(age / 2, SHORTEST_WAIT), LONGEST_WAIT))
