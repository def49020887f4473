"""Closes the sale of an event for staff: open payments continue, nothing new is sold or offered, the queues close."""

from __future__ import annotations

from uuid import UUID

from ticketing.db import audit
from ticketing.db.audit import AuditEntry
from ticketing.db.catalogue import event_operations
from ticketing.domain.booking_errors import EventCancelledError
from ticketing.domain.event import EventNotFoundError
from ticketing.services import Services


async def close_sales(services: Services, event_id: UUID, *, actor: str) -> None:
    """Closes the sale now; does nothing if it is closed already."""
    async with services.engine.begin() as connection:
        event = await event_operations.lock_event(connection, event_id)
        if event is None:
            raise EventNotFoundError(f"No event has the id {event_id}.")
        if event.cancelled_at is not None:
            raise EventCancelledError("The event was cancelled.")
        await event_operations.close_sale(connection, event_id)
        await audit.record(connection, [AuditEntry("event", event_id, None, actor, "CLOSE_SALES")])
