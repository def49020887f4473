"""Publishes changes to the client service, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from servicekit.db.outbox import NewDelivery
from servicekit.tracing import Trace, current_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.waitlist import entries
from ticketing.db.webhooks.deliveries import OUTBOX, new_delivery
from ticketing.domain.booking import CancelReason
from ticketing.domain.booking_record import Booking
from ticketing.domain.waitlist import WaitlistEntry
from ticketing.usecases.webhooks.representations import booking_data, entry_data


async def publish_booking(connection: AsyncConnection, booking: Booking, *, bulk: bool = False) -> None:
    """Adds a webhook event with the booking's current state to the outbox.

    A change of all bookings of an event at once is `bulk`: nobody else's booking waits for its messages.
    """
    await publish_bookings(connection, [(booking, current_trace())], bulk=bulk)


async def publish_bookings(
    connection: AsyncConnection, changed: Iterable[tuple[Booking, Trace]], *, bulk: bool = False
) -> None:
    """Adds, by one statement, an event for each booking, with the trace of what has changed it."""
    await OUTBOX.add_all(connection, [_event_of(booking, trace, bulk=bulk) for booking, trace in changed])


def _event_of(booking: Booking, trace: Trace, *, bulk: bool) -> NewDelivery:
    return new_delivery(
        trace,
        type="booking.updated",
        subject_id=booking.id,
        subject_version=booking.version,
        data=booking_data(booking),
        bulk=bulk or booking.cancel_reason is CancelReason.EVENT_CANCELLED,
    )


async def publish_current_entry(connection: AsyncConnection, entry_id: UUID) -> None:
    """Reads the waitlist entry and publishes its current state."""
    await publish_entry(connection, await entries.require(connection, entry_id))


async def publish_entry(connection: AsyncConnection, entry: WaitlistEntry) -> None:
    """Adds a webhook event with the waitlist entry, as it was read, to the outbox.

    It is bulk: a queue may be long, and what is urgent, the offer, is an event of the booking.
    """
    added = new_delivery(
        current_trace(),
        type="waitlist.updated",
        subject_id=entry.id,
        subject_version=entry.version,
        data=entry_data(entry),
        bulk=True,
    )
    await OUTBOX.add_all(connection, [added])
