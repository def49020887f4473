"""Releases the seats of an ended booking: the only place in which a seat leaves a booking (docs/booking.md, Release).

First, outside any transaction, payment confirms that the invoice is void, failed or being refunded, and the organizer
confirms that the hold is gone. Both keep tombstones, which refuse requests of this id that are still in flight. Then,
in one transaction, each seat is reassigned to the first in its queue and stays ON_GOING, or becomes OPEN.

Locks of that transaction, in the order of docs/locking.md: the booking, its event (shared), its seats by id, then the
first entry of each queue, or the whole queue if it closes. Joining a queue locks the seat too, so nobody can join
after this transaction has found the queue empty and before the seat is OPEN.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID, uuid4

from servicekit.crash_points import crash_point
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.booking import bookings, seats
from ticketing.db.booking.seats import LockedSeat
from ticketing.db.catalogue import sales
from ticketing.db.waitlist import entries
from ticketing.db.waitlist.promotions import add_promoted_booking
from ticketing.domain.booking import BookingFact, RefundStatus
from ticketing.domain.booking_record import Booking
from ticketing.domain.sale import OVER
from ticketing.domain.seat import SeatAction
from ticketing.domain.waitlist import EntryAction
from ticketing.integrations.gateways import InvoiceStatus
from ticketing.services import Services
from ticketing.usecases.step_outcome import DONE, Done, Retry, retry_later
from ticketing.usecases.waitlist.close_queues import close_entries
from ticketing.usecases.webhooks.publish import publish_booking, publish_current_entry

ACTOR = "release"
CLOSED_AT_ONCE = 100
"""How many entries of a queue lapse in one transaction."""


async def release_seats(services: Services, booking: Booking) -> Done | Retry:
    """Completes the end of the booking. Can be repeated at any point; raises if organizer or payment do not answer."""
    if not await _settle_payment(services, booking):
        return retry_later(booking)
    crash_point("release.payment-settled")
    await services.gateways.organizers.release(booking)
    crash_point("release.organizer-released")
    is_released = False
    while not is_released:
        async with services.transaction() as connection:
            is_released = await reassign_seats(connection, await bookings.require_locked(connection, booking.id))
    crash_point("release.reassigned")
    return DONE


async def _settle_payment(services: Services, booking: Booking) -> bool:
    """Returns whether the booking can no longer be paid; if it was paid, the refund is requested."""
    invoice = await services.gateways.payments.void(booking)
    if invoice.status is InvoiceStatus.PROCESSING:
        return False
    if invoice.status is InvoiceStatus.PAID:
        await owe_refund(services, booking.id)
        crash_point("refund.owed")
        await services.gateways.payments.refund(booking, invoice.number)
        crash_point("refund.requested")
    return True


async def owe_refund(services: Services, booking_id: UUID) -> None:
    """Records, once, that the buyer gets the money back."""
    async with services.transaction() as connection:
        booking = await bookings.require_locked(connection, booking_id)
        if booking.refund_status is None and not booking.is_live:
            owed = await bookings.record_fact(
                connection,
                booking,
                BookingFact.REQUEST_REFUND,
                actor=ACTOR,
                refund_status=RefundStatus.PENDING,
                # The release continues here, so the lease of this worker stays.
                next_step_at=booking.next_step_at,
            )
            await publish_booking(connection, owed)


async def reassign_seats(connection: AsyncConnection, booking: Booking) -> bool:
    """Reassigns each seat of an ended, locked booking to the first in its queue, or opens it.

    Does nothing if the booking was released before. Returns False if the sale is over and a queue is too long to be
    closed in one transaction: its first entries have lapsed, and the booking is to be released again for the others.
    """
    if booking.is_live or booking.released_at is not None:
        return True
    sale_is_over = await sales.sale_of(connection, booking.event.id) in OVER
    locked = await seats.lock(connection, [seat.id for seat in booking.seats])
    mine = [seat for seat in locked if seat.booking_id == booking.id]
    if sale_is_over and not await _close_queues(connection, mine):
        return False
    for seat in locked:
        await seats.detach(connection, booking.id, seat.id)
    for seat in mine:
        if sale_is_over or not await _reassign_seat(connection, booking, seat):
            await seats.change(connection, [seat], SeatAction.OPEN, booking_id=booking.id, actor=ACTOR, to_booking=None)
    await bookings.mark_released(connection, booking.id)
    return True


async def _close_queues(connection: AsyncConnection, locked: Iterable[LockedSeat]) -> bool:
    """Lapses who waits for these seats; returns False if others wait besides the first `CLOSED_AT_ONCE` of a queue.

    This is not left to the sweep: staff may reopen the sale, and then nobody may wait for an OPEN seat.
    """
    for seat in locked:
        waiting = await entries.lock_queue(connection, seat.id, limit=CLOSED_AT_ONCE)
        await close_entries(connection, waiting, actor=ACTOR)
        if len(waiting) == CLOSED_AT_ONCE:
            return False
    return True


async def _reassign_seat(connection: AsyncConnection, ended: Booking, seat: LockedSeat) -> bool:
    """Reassigns the seat to the first in its queue; returns False if the queue is empty."""
    entry = await entries.lock_first(connection, seat.id)
    if entry is None:
        return False
    promoted_id = uuid4()
    await add_promoted_booking(connection, promoted_id, entry, actor=ACTOR)
    await seats.change(
        connection, [seat], SeatAction.REASSIGN, booking_id=ended.id, actor=ACTOR, to_booking=promoted_id
    )
    await entries.change(connection, entry, EntryAction.OFFER, actor=ACTOR, booking_id=promoted_id)
    await publish_booking(connection, await bookings.require(connection, promoted_id))
    await publish_current_entry(connection, entry.id)
    return True
