"""Publishes with every live booking and waitlist entry that its event has moved or is called otherwise; renews tickets.

The request that changes the event commits the new facts and makes the event due. A worker then publishes a new version
of every live booking and waitlist entry, and makes the PDF of every paid booking anew. Bookings and entries record when
that was, so a crash costs time only. All of it is bulk: a bystander's booking waits for none of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from servicekit.db.engine import reading
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.booking import bookings
from ticketing.db.catalogue import changed_events, sales
from ticketing.db.catalogue.changed_events import ChangedEvent, OutdatedRow
from ticketing.domain.booking import BookingFact, BookingStatus
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.usecases.booking.issue_document import issue_document
from ticketing.usecases.webhooks.publish import publish_booking, publish_entry
from ticketing.usecases.work_items import for_each

LEASE = timedelta(seconds=60)
"""Longer than a batch takes, if one of its documents waits for an object store that does not answer."""
PAUSE = timedelta(seconds=2)
PAUSE_AFTER_FAILURE = timedelta(seconds=30)
BATCH = 50
DOCUMENTS_BATCH = 10

ACTOR = "event-change"

Page = Callable[..., Awaitable[list[OutdatedRow]]]
Act = Callable[[Services, UUID, UUID], Awaitable[None]]
"""What is done for the event with the first id to the booking or entry with the second one."""


async def publish_event_change(services: Services, event: ChangedEvent) -> None:
    """Publishes every booking and entry of the event, then renews documents; what cannot be done yet follows later.

    The event must be claimed.
    """
    rounds: tuple[tuple[Page, Act, int], ...] = (
        (changed_events.outdated_bookings, _publish_booking, BATCH),
        (changed_events.outdated_entries, _publish_entry, BATCH),
        (changed_events.outdated_documents, _renew_document, DOCUMENTS_BATCH),
    )
    for page, act, size in rounds:
        still_claimed = await _round(services, event, page, act, size)
        if still_claimed is None:
            return
        event = still_claimed
    await _finish(services, event)


async def _round(
    services: Services,
    event: ChangedEvent,
    page: Page,
    act: Act,
    size: int,
) -> ChangedEvent | None:
    """Acts on each of the page's rows once; returns None if the event was taken from this worker, or is postponed."""
    after: Sequence[Any] | None = None
    while True:
        async with reading(services.engine) as connection:
            batch = await page(connection, event, after=after, limit=size)
        if not batch:
            return event
        act_on = partial(act, services, event.id)
        failed = await for_each(services, Loop.EVENT_CHANGES, [each.id for each in batch], act_on)
        # A failure is likely to meet the next ones too, as when the object store does not answer.
        pause = PAUSE_AFTER_FAILURE if len(failed) == len(batch) else LEASE
        async with services.engine.begin() as connection:
            renewed = await changed_events.set_due(connection, event, pause)
        if renewed is None or pause is PAUSE_AFTER_FAILURE:
            return None
        event, after = renewed, batch[-1].place


async def _finish(services: Services, event: ChangedEvent) -> None:
    async with services.engine.begin() as connection:
        left = await _anything_left(connection, event)
        await changed_events.set_due(connection, event, PAUSE if left else None)


async def _anything_left(connection: AsyncConnection, event: ChangedEvent) -> bool:
    pages = (changed_events.outdated_bookings, changed_events.outdated_entries, changed_events.outdated_documents)
    for page in pages:
        if await page(connection, event, after=None, limit=1):
            return True
    return False


async def _publish_booking(services: Services, event_id: UUID, booking_id: UUID) -> None:
    async with services.transaction() as connection:
        locked = await bookings.require_locked(connection, booking_id)
        # A booking that is HOLDING gets its next version within seconds, and is published again after that.
        if locked.status not in (BookingStatus.AWAITING_PAYMENT, BookingStatus.BOOKED):
            return
        await sales.sale_of(connection, event_id)
        # Read again: the event may have changed before it was locked.
        current = await bookings.require(connection, booking_id)
        changed = await bookings.record_fact(
            connection, current, BookingFact.EVENT_CHANGED, actor=ACTOR, next_step_at=current.next_step_at
        )
        await changed_events.mark_booking_published(connection, booking_id)
        await publish_booking(connection, changed, bulk=True)


async def _publish_entry(services: Services, event_id: UUID, entry_id: UUID) -> None:
    async with services.transaction() as connection:
        await sales.sale_of(connection, event_id)
        entry = await changed_events.mark_entry_published(connection, entry_id)
        if entry is not None:
            await publish_entry(connection, entry)


async def _renew_document(services: Services, _: UUID, booking_id: UUID) -> None:
    async with reading(services.engine) as connection:
        booking = await bookings.require(connection, booking_id)
    if booking.status is BookingStatus.BOOKED:
        await issue_document(services, booking, bulk=True)
