"""Adds a buyer to the queue for a taken seat (docs/booking.md, Waitlist)."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.booking import bookings, seats
from ticketing.db.catalogue import sales
from ticketing.db.waitlist import entries
from ticketing.db.waitlist.entries import QueueRequest
from ticketing.domain.booking_errors import AlreadyQueuedError, SeatAlreadyYoursError, SeatOpenError
from ticketing.domain.seat import SeatStatus
from ticketing.domain.seat_plan import SeatNotFoundError
from ticketing.domain.waitlist import WaitlistEntry
from ticketing.usecases.booking.hold_seats import require_on_sale
from ticketing.usecases.webhooks.publish import publish_entry


async def join_waitlist(connection: AsyncConnection, request: QueueRequest, *, actor: str) -> WaitlistEntry:
    """Adds an entry at the end of the seat's queue, in the caller's transaction; raises why the buyer cannot join.

    Takes the locks of a release, in the same order: the event (shared), then the seat. So a release either sees this
    entry, or has opened the seat before this transaction reads it.
    """
    seat_id, customer = request.seat_id, request.customer
    event_id = await seats.event_of(connection, seat_id)
    if event_id is None:
        raise SeatNotFoundError(f"No seat has the id {seat_id}.")
    require_on_sale(await sales.sale_of(connection, event_id), event_id)
    locked = await seats.lock(connection, [seat_id])
    if not locked:
        raise SeatNotFoundError(f"No seat has the id {seat_id}.")
    if locked[0].status is SeatStatus.OPEN or locked[0].booking_id is None:
        raise SeatOpenError("This seat is open: book it instead.", seat_id=seat_id)
    holder = await bookings.find(connection, locked[0].booking_id)
    if holder is not None and holder.is_live and holder.customer.id == customer.id:
        raise SeatAlreadyYoursError("You have this seat.", booking_id=holder.id)
    queued = await entries.find_live(connection, seat_id, customer.id)
    if queued is not None:
        raise AlreadyQueuedError("You are in the queue for this seat.", waitlist_entry_id=queued)
    entry_id = uuid4()
    await entries.add(connection, entry_id, event_id, request, actor=actor)
    entry = await entries.require(connection, entry_id)
    await publish_entry(connection, entry)
    return entry
