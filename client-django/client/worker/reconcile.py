"""The loop over bookings of which no event arrived. Any number of workers may run it at once."""

from datetime import timedelta
from uuid import UUID

from client.bookings.reconcile import RETRY_REQUESTED, booking_postpone, booking_reconcile, bookings_claim_due
from client.worker.item_loop import Backoff, IsStopping, process_each

_backoff = Backoff(first=RETRY_REQUESTED, longest=timedelta(minutes=10))


def reconcile_due(*, is_stopping: IsStopping = lambda: False) -> int:
    """Asks ticket about all due bookings, batch by batch. Returns how many bookings ticket answered for."""
    answered = 0
    while due := bookings_claim_due():
        batch = process_each("bookings", due, _reconcile, failed=_postpone, is_stopping=is_stopping)
        answered += batch.done
        if not batch.complete:
            break
    return answered


def _reconcile(booking_id: UUID) -> bool:
    booking_reconcile(booking_id=booking_id)
    _backoff.succeeded(booking_id)
    return True


def _postpone(booking_id: UUID) -> None:
    booking_postpone(booking_id=booking_id, pause=_backoff.failed(booking_id))
