"""Takes a buyer out of a queue, or gives up an offer."""

from __future__ import annotations

from uuid import UUID

from servicekit.errors import NotFoundError

from ticketing.db.waitlist import entries
from ticketing.domain.booking import CancelReason
from ticketing.domain.booking_errors import EntryNotLeavableError
from ticketing.domain.waitlist import EntryAction, EntryStatus, WaitlistEntry
from ticketing.services import Services
from ticketing.usecases.booking.cancel_booking import cancel_booking
from ticketing.usecases.webhooks.publish import publish_current_entry


async def leave_waitlist(services: Services, entry_id: UUID, *, actor: str) -> WaitlistEntry:
    """Returns the entry: LEFT, or, if the seat was offered, LAPSED after `cancel_booking` has cancelled its booking.

    Raises why the entry cannot be left.
    """
    entry = await _find(services, entry_id)
    if entry.status is EntryStatus.WAITING and await _leave(services, entry, actor):
        return await _find(services, entry_id)
    # A WAITING entry may have been offered the seat meanwhile.
    entry = await _find(services, entry_id)
    if entry.status is EntryStatus.OFFERED and entry.booking_id is not None:
        await cancel_booking(services, entry.booking_id, CancelReason.BUYER, actor=actor)
        return await _find(services, entry_id)
    if entry.status is EntryStatus.LEFT:
        return entry
    raise EntryNotLeavableError("This entry has ended already.", entry_status=entry.status)


async def _leave(services: Services, entry: WaitlistEntry, actor: str) -> bool:
    async with services.transaction() as connection:
        if not await entries.change(connection, entry, EntryAction.LEAVE, actor=actor):
            return False
        await publish_current_entry(connection, entry.id)
        return True


async def _find(services: Services, entry_id: UUID) -> WaitlistEntry:
    async with services.engine.connect() as connection:
        entry = await entries.find(connection, entry_id)
    if entry is None:
        raise NotFoundError(f"No waitlist entry has the id {entry_id}.")
    return entry
