"""The work that is due, by lane."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.booking.due_steps import BookingSteps
from ticketing.db.catalogue import changed_events, event_operations
from ticketing.db.webhooks.deliveries import IS_BULK, OUTBOX
from ticketing.domain.booking_record import NextStep

BOOKINGS = {
    "holds": BookingSteps(NextStep.RESOLVE_HOLD),
    "promotions": BookingSteps(NextStep.PROMOTE),
    "deadlines": BookingSteps(NextStep.SETTLE_PAYMENT),
    "releases": BookingSteps(NextStep.RELEASE),
    "refunds": BookingSteps(NextStep.REFUND),
    "documents": BookingSteps(NextStep.ISSUE_DOCUMENT),
}
OTHERS = {"operations": event_operations.DUE, "event-changes": changed_events.DUE}
DELIVERIES = {"deliveries": IS_BULK[False], "bulk": IS_BULK[True]}


async def count_due(connection: AsyncConnection) -> dict[str, int]:
    """Returns how many items of each lane are due."""
    due = {name: await rows.count_due(connection) for name, rows in (BOOKINGS | OTHERS).items()}
    return due | {name: await OUTBOX.due.count_due(connection, which) for name, which in DELIVERIES.items()}
