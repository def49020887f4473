"""How to switch off each guard of seats, bookings, money and queues: for tests that show what it is there for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from organizer_simulator.domain.hold import Hold, HoldStatus
from sqlalchemy.ext.asyncio import AsyncConnection
from ticketing.db import tables
from ticketing.db.booking import bookings, seats, take_seats
from ticketing.db.booking.seats import LockedSeat
from ticketing.db.waitlist import entries
from ticketing.domain import booking as booking_machine
from ticketing.domain import waitlist as waitlist_machine
from ticketing.domain.booking import BookingAction, BookingFact, RefundStatus
from ticketing.domain.booking_record import Booking
from ticketing.domain.seat import SeatAction, SeatStatus
from ticketing.domain.waitlist import EntryAction, EntryStatus, WaitlistEntry
from ticketing.integrations.gateways import Invoice, InvoiceStatus
from ticketing.services import Services
from ticketing.usecases.booking import confirm_hold, release_seats
from ticketing.usecases.payment import apply_payment
from ticketing.usecases.payment.apply_payment import Effect

Switch = Callable[[pytest.MonkeyPatch], None]


class Variant:
    """A module with some of its functions replaced, for one of those who use it."""

    def __init__(self, module: Any, replaced: dict[str, object]) -> None:
        self._module = module
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _for(user: str, module: Any, **replaced: object) -> Switch:
    """The use case `user`, and no other, works with these functions of `module`."""
    name = module.__name__.rpartition(".")[2]
    return lambda patch: patch.setattr(f"ticketing.usecases.{user}.{name}", Variant(module, replaced))


def _instead(target: str, replacement: object) -> Switch:
    return lambda patch: patch.setattr(target, replacement)


def both(*switches: Switch) -> Switch:
    """All of them off."""

    def off(patch: pytest.MonkeyPatch) -> None:
        for switch in switches:
            switch(patch)

    return off


# Locks: looking instead of locking.


async def _look_at_seats(connection: AsyncConnection, seat_ids: Iterable[UUID]) -> list[LockedSeat]:
    rows = tables.seats.c
    query = sa.select(rows.id, rows.event_id, rows.status, rows.booking_id).where(rows.id.in_(list(seat_ids)))
    found = await connection.execute(query.order_by(rows.id))
    return [LockedSeat(row.id, row.event_id, SeatStatus(row.status), row.booking_id) for row in found]


async def _look_at_first(connection: AsyncConnection, seat_id: UUID) -> WaitlistEntry | None:
    rows = tables.waitlist_entries.c
    line = sa.select(rows.id).where(rows.seat_id == seat_id, rows.status == "WAITING")
    first = await connection.scalar(line.order_by(rows.joined_at, rows.id).limit(1))
    if first is None:
        return None
    return replace(await entries.require(connection, first), status=EntryStatus.WAITING)


joining_locks_the_seat = _for("waitlist.join_waitlist", seats, lock=_look_at_seats)
handover_locks_the_seats = _for("booking.release_seats", seats, lock=_look_at_seats)
handover_locks_the_first_in_line = _for("booking.release_seats", entries, lock_first=_look_at_first)


# Conditional updates: the same step, whatever the row has become since it was read.


async def _change_entry(
    connection: AsyncConnection, entry: WaitlistEntry, action: EntryAction, *, actor: str, **columns: object
) -> bool:
    rows = tables.waitlist_entries
    values = {"status": waitlist_machine.next_status(entry.status, action), "version": rows.c.version + 1, **columns}
    await connection.execute(sa.update(rows).where(rows.c.id == entry.id).values(values))
    return True


async def _change_booking(
    connection: AsyncConnection,
    booking: Booking,
    action: BookingAction,
    *,
    actor: str,
    detail: dict[str, object] | None = None,
    **columns: object,
) -> Booking | None:
    rows = tables.bookings
    to = booking_machine.next_status(booking.status, action)
    values = {"status": to, "version": rows.c.version + 1, "next_step_at": sa.func.now(), **columns}
    await connection.execute(sa.update(rows).where(rows.c.id == booking.id).values(values))
    return await bookings.find(connection, booking.id)


entry_changes_from_the_state_that_was_read = _for("waitlist.leave_waitlist", entries, change=_change_entry)
booking_changes_from_the_state_that_was_read = _for("booking.end_booking", bookings, change=_change_booking)


# The handover.


def handover(*, once: bool, to_its_holder: bool) -> Switch:
    """Without its look at whether the booking was released before, at who has the seat, or at both."""

    async def reassign_seats(connection: AsyncConnection, booking: Booking) -> None:
        if once and booking.released_at is not None:
            return
        for seat in await seats.lock(connection, [seat.id for seat in booking.seats]):
            await seats.detach(connection, booking.id, seat.id)
            if to_its_holder and seat.booking_id != booking.id:
                continue
            believed = replace(seat, booking_id=booking.id)
            if not await release_seats._reassign_seat(connection, booking, believed):
                opened = sa.update(tables.seats).where(tables.seats.c.id == seat.id)
                await connection.execute(opened.values(status=SeatStatus.OPEN, booking_id=None))
        if booking.released_at is None:
            await bookings.mark_released(connection, booking.id)

    async def change(
        connection: AsyncConnection,
        locked: Iterable[LockedSeat],
        action: SeatAction,
        *,
        booking_id: UUID,
        actor: str,
        to_booking: UUID | None,
    ) -> int:
        taken = sa.update(tables.seats).where(tables.seats.c.id.in_([seat.id for seat in locked]))
        await connection.execute(taken.values(status=SeatStatus.ON_GOING, booking_id=to_booking))
        return 1

    return both(
        _instead("ticketing.usecases.booking.release_seats.reassign_seats", reassign_seats),
        _for("booking.release_seats", seats, change=change),
    )


async def _close_nobody(*_: object, **__: object) -> None:
    pass


a_line_closes_with_its_seat = _instead("ticketing.usecases.booking.release_seats.close_entries", _close_nobody)


# The word of organizer and payment.


async def _release_unasked(_: object, booking: Booking) -> None:
    pass


async def _settle_unasked(services: Services, booking: Booking) -> bool:
    return True


async def _void_unasked(_: object, reference: UUID) -> Invoice:
    return Invoice(number="INV-?", reference=reference, version=0, status=InvoiceStatus.VOID)


async def _fail_hold(services: Services, booking: Booking, *arguments: Any, **options: Any) -> Booking | None:
    return await confirm_hold.fail_hold(services, booking, *arguments, **{**options, "nothing_in_flight": True})


def _release_without_a_trace(desk: Any, organizer: str, hold_id: str) -> Hold:
    with desk._store.transaction():
        for table in ("held_seats", "holds"):
            desk._store._connection.execute(f"DELETE FROM {table} WHERE hold_id = ?", (hold_id,))
    return Hold(organizer, hold_id, None, (), HoldStatus.RELEASED, None, None)


release_waits_for_the_organizer = _instead("support.wire.WiredOrganizers.release", _release_unasked)
release_waits_for_payment = _instead("ticketing.usecases.booking.release_seats._settle_payment", _settle_unasked)
nothing_ends_unpaid_before_its_invoice_is_void = _instead("support.wire.WiredPayments.void", _void_unasked)
a_released_hold_leaves_a_tombstone = _instead("organizer_simulator.desk.Desk.release_hold", _release_without_a_trace)
a_doubtful_decline_is_released_like_a_hold = _instead("ticketing.usecases.waitlist.promote_next.fail_hold", _fail_hold)


# The hold, which is one statement.


def _hold_without(words: str, instead: str = "") -> Switch:
    statement = take_seats.TAKE_SEATS
    assert statement.count(words) == 1
    return _instead("ticketing.db.booking.take_seats.TAKE_SEATS", statement.replace(words, instead))


a_hold_takes_all_seats_or_none = _hold_without("HAVING count(*) = cardinality($3)")
a_hold_waits_for_a_cancellation = _hold_without("FOR KEY SHARE OF events")


# Money and news of it.


async def _owe_refund_again(services: Services, booking_id: UUID) -> None:
    async with services.engine.begin() as connection:
        booking = await bookings.require_locked(connection, booking_id)
        await bookings.record_fact(
            connection, booking, BookingFact.OWE_REFUND, actor="test", refund_status=RefundStatus.PENDING
        )


async def _lock_knowing_no_version(connection: AsyncConnection, booking_id: UUID) -> Booking | None:
    booking = await bookings.lock(connection, booking_id)
    return replace(booking, invoice_version=-1) if booking else None


async def _apply_at_once(connection: AsyncConnection, invoice: Invoice, *, actor: str) -> Effect:
    effect = await apply_payment.apply_payment(connection, invoice, actor=actor)
    if effect is Effect.TOO_EARLY:
        await bookings.set_invoice_version(connection, invoice.reference, invoice.version)
    return Effect.IGNORED if effect is Effect.TOO_EARLY else effect


a_refund_is_owed_once = _instead("ticketing.usecases.booking.release_seats.owe_refund", _owe_refund_again)
older_news_are_ignored = _for("payment.apply_payment", bookings, lock=_lock_knowing_no_version)
early_news_come_again = _instead("ticketing.usecases.payment.receive_webhook.apply_payment", _apply_at_once)
