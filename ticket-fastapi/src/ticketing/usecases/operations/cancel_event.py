"""Cancels an event for staff: cancels and refunds every booking, and closes the queues.

The request commits the cancellation and an operation; from then on no seat of the event is sold or offered. A worker
does the rest in repeated rounds. The bookings themselves record the progress, so a crash costs time only.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import structlog
from servicekit.crash_points import crash_point
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db import audit
from ticketing.db.audit import AuditEntry
from ticketing.db.catalogue import event_operations
from ticketing.db.catalogue.event_operations import EventOperation
from ticketing.domain.booking import CancelReason
from ticketing.domain.booking_errors import (
    BookingAlreadyEndedError,
    BookingInProgressError,
    EventCancelledError,
    PaymentInProgressError,
    PaymentUnavailableError,
)
from ticketing.domain.event import EventNotFoundError
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.usecases.booking.cancel_booking import cancel_booking
from ticketing.usecases.waitlist.close_queues import close_queues
from ticketing.usecases.work_items import for_each

LEASE = timedelta(seconds=20)
PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(seconds=60)
BATCH = 50

NOT_YET = (BookingInProgressError, PaymentInProgressError, PaymentUnavailableError)

log = structlog.get_logger()


async def cancel_event(services: Services, event_id: UUID, reason: str, *, actor: str) -> EventOperation:
    """Cancels the event and returns the new operation; if the event was cancelled before, the first operation."""
    async with services.transaction() as connection:
        event = await event_operations.lock_event(connection, event_id)
        if event is None:
            raise EventNotFoundError(f"No event has the id {event_id}.")
        if event.cancelled_at is not None:
            return await _first_operation(connection, event_id)
        await event_operations.mark_cancelled(connection, event_id)
        operation = await event_operations.add(connection, uuid4(), event_id, reason, actor=actor)
        detail: dict[str, object] = {"reason": reason}
        await audit.record(connection, [AuditEntry("event", event_id, None, actor, "CANCEL_EVENT", detail=detail)])
    crash_point("event.cancelled")
    return operation


async def _first_operation(connection: AsyncConnection, event_id: UUID) -> EventOperation:
    operations = await event_operations.of_event(connection, event_id)
    if not operations:
        raise EventCancelledError("The event was cancelled.")
    return operations[0]


async def continue_cancellation(services: Services, operation: EventOperation) -> None:
    """Closes the event's queues and cancels all bookings that can be cancelled now; the others follow after a pause.

    The operation must be claimed.
    """
    await close_queues(services)
    crash_point("event.queues-closed")
    after: UUID | None = None
    pause = PAUSE
    while batch := await _next_batch(services, operation, after):
        failed = await for_each(
            services, Loop.CANCELLATIONS, batch, lambda booking_id: _cancel(services, booking_id, operation)
        )
        pause = _longer_pause(operation) if failed else pause
        # Renews the lease, so that no other worker claims the operation during the next batch.
        await _record_progress(services, operation, LEASE)
        after = batch[-1]
    await _record_progress(services, operation, pause)


def _longer_pause(operation: EventOperation) -> timedelta:
    """Returns the pause after a failure: half of the operation's age, within bounds for the sake of other bookings."""
    age = datetime.now(UTC) - operation.created_at
    return min(max(age / 2, PAUSE), LONGEST_PAUSE)


async def _next_batch(services: Services, operation: EventOperation, after: UUID | None) -> list[UUID]:
    async with services.engine.connect() as connection:
        return await event_operations.live_bookings(connection, operation.event_id, limit=BATCH, after=after)


async def _cancel(services: Services, booking_id: UUID, operation: EventOperation) -> None:
    try:
        await cancel_booking(services, booking_id, CancelReason.EVENT_CANCELLED, actor=operation.actor)
    except BookingAlreadyEndedError:
        return
    except NOT_YET as error:
        log.info("cancellation.postponed", booking_id=str(booking_id), reason=type(error).__name__)
    crash_point("event.booking-cancelled")


async def _record_progress(services: Services, operation: EventOperation, pause: timedelta) -> None:
    async with services.engine.begin() as connection:
        left = await event_operations.count_live(connection, operation.event_id)
        await event_operations.record_progress(connection, operation, left, pause)
