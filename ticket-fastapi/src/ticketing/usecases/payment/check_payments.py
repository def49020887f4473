"""Asks payment in one call which of several unpaid bookings were decided, in case the webhook about one was lost.

Nearly all of them are still to be paid: their bookings need nothing but the time of their next check.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ticketing.db.booking import bookings
from ticketing.domain.booking_record import Booking
from ticketing.services import Services
from ticketing.usecases.step_outcome import LONGEST_WAIT, SHORTEST_WAIT

GRID = timedelta(seconds=5)
"""Checks are due at multiples of this time, so that those of many bookings are due together."""


def first_check(after: datetime) -> datetime:
    """Returns the first time that is a multiple of `GRID` and not before `after`."""
    past = after.timestamp() % GRID.total_seconds()
    return after + (GRID - timedelta(seconds=past) if past else timedelta())


async def check_payments(services: Services, unpaid: Sequence[Booking]) -> set[UUID]:
    """Puts off the next check of each booking whose invoice is still to be paid in time; returns their ids.

    Changes nothing of the others. Raises UnreachablePaymentError, and has changed nothing, without an answer.
    """
    now = datetime.now(UTC)
    in_time = [each for each in unpaid if each.hold_expires_at is not None and now < each.hold_expires_at]
    if not in_time:
        return set()
    decided = await services.gateways.payments.find_decided(in_time)
    waiting = [each for each in in_time if each.id not in decided]
    if waiting:
        async with services.engine.begin() as connection:
            await bookings.postpone_checks(connection, waiting, shortest=SHORTEST_WAIT, longest=LONGEST_WAIT, grid=GRID)
    return {each.id for each in waiting}
