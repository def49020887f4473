"""Switches off one guard of seats, bookings, money or queues each, so that a test sees what the guard prevents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from organizer_simulator.domain.hold import Hold, HoldStatus
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.visitors import replacement_traverse
from ticketing.db import tables
from ticketing.db.booking import abandoned, bookings, seats, take_seats
from ticketing.db.booking.seats import LockedSeat
from ticketing.db.waitlist import entries
from ticketing.domain.booking import BookingFact, RefundStatus
from ticketing.domain.booking_record import Booking
from ticketing.domain.seat import SeatAction, SeatStatus
from ticketing.domain.waitlist import EntryStatus, WaitlistEntry
from ticketing.integrations.gateways import Invoice, InvoiceStatus
from ticketing.services import Services
from ticketing.usecases.booking import confirm_hold, release_seats
from ticketing.usecases.payment import apply_payment
from ticketing.usecases.payment.apply_payment import Effect

Switch = Callable[[pytest.MonkeyPatch], None]


class Variant:
    """A module with some of its functions replaced, for one of its users."""

    def __init__(self, module: Any, replaced: dict[str, object]) -> None:
        self._module = module
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _for(user: str, module: Any, **replaced: object) -> Switch:
    """Replaces functions of `module` for the use case `user` and for no other."""
    name = module.__name__.rpartition(".")[2]
    return lambda patch: patch.setattr(f"ticketing.usecases.{user}.{name}", Variant(module, replaced))


def _instead(target: str, replacement: object) -> Switch:
    return lambda patch: patch.setattr(target, replacement)


def both(*switches: Switch) -> Switch:
    """Returns a switch that turns off all of these guards."""

    def off(patch: pytest.MonkeyPatch) -> None:
        for switch in switches:
            switch(patch)

    return off


# Locks: the same query without its lock.


async def _read_seats(connection: AsyncConnection, seat_ids: Iterable[UUID]) -> list[LockedSeat]:
    rows = tables.seats.c
    query = sa.select(rows.id, rows.event_id, rows.status, rows.booking_id).where(rows.id.in_(list(seat_ids)))
    found = await connection.execute(query.order_by(rows.id))
    return [LockedSeat(row.id, row.event_id, SeatStatus(row.status), row.booking_id) for row in found]


async def _read_first(connection: AsyncConnection, seat_id: UUID) -> WaitlistEntry | None:
    rows = tables.waitlist_entries.c
    line = sa.select(rows.id).where(rows.seat_id == seat_id, rows.status == "WAITING")
    first = await connection.scalar(line.order_by(rows.queue_number).limit(1))
    if first is None:
        return None
    return replace(await entries.require(connection, first), status=EntryStatus.WAITING)


joining_locks_the_seat = _for("waitlist.join_waitlist", seats, lock=_read_seats)
reassigning_locks_the_seats = _for("booking.release_seats", seats, lock=_read_seats)
reassigning_locks_the_first_in_line = _for("booking.release_seats", entries, lock_first=_read_first)


# Conditional updates: the real update without its condition on the status that was read.


def _whatever_the_status(change: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def changed(connection: AsyncConnection, *arguments: Any, **named: Any) -> Any:
        async def execute(statement: sa.Executable, *more: Any) -> Any:
            if isinstance(statement, sa.Update):
                statement = replacement_traverse(statement, {}, _true_for_a_status)
            return await connection.execute(statement, *more)

        return await change(Variant(connection, {"execute": execute}), *arguments, **named)

    return changed


def _true_for_a_status(element: Any, **_: Any) -> Any:
    is_comparison = isinstance(element, sa.BinaryExpression) and getattr(element.left, "name", None) == "status"
    return sa.true() if is_comparison else None


entry_changes_from_the_state_that_was_read = _for(
    "waitlist.leave_waitlist", entries, change=_whatever_the_status(entries.change)
)
booking_changes_from_the_state_that_was_read = _for(
    "booking.end_booking", bookings, change=_whatever_the_status(bookings.change)
)


# The reassignment: a released seat goes to the first in its queue, or is opened.


def reassignment(*, once: bool, to_its_holder: bool) -> Switch:
    """Hides from the real release that the booking was released before, or that another booking has the seat, or both.

    `once` and `to_its_holder` say which of the two guards stays on.
    """
    reassign = release_seats.reassign_seats

    async def reassign_again(connection: AsyncConnection, booking: Booking) -> bool:
        _RELEASING.set(booking.id)
        return await reassign(connection, booking if once else replace(booking, released_at=None))

    switches = [_instead("ticketing.usecases.booking.release_seats.reassign_seats", reassign_again)]
    if not once:
        switches.append(_for("booking.release_seats", bookings, mark_released=_mark_released_once))
    if not to_its_holder:
        switches.append(_for("booking.release_seats", seats, lock=_lock_believing, change=_change_whoever_has_it))
    return both(*switches)


_RELEASING: ContextVar[UUID | None] = ContextVar("releasing", default=None)
"""The booking whose seats are being reassigned."""


async def _mark_released_once(connection: AsyncConnection, booking_id: UUID) -> None:
    booking = await bookings.find(connection, booking_id)
    if booking is not None and booking.released_at is None:
        await bookings.mark_released(connection, booking_id)


async def _lock_believing(connection: AsyncConnection, seat_ids: Iterable[UUID]) -> list[LockedSeat]:
    """Locks the seats, and says of each that the booking which is being released has it."""
    return [replace(seat, booking_id=_RELEASING.get()) for seat in await seats.lock(connection, seat_ids)]


async def _change_whoever_has_it(
    connection: AsyncConnection,
    locked: Iterable[LockedSeat],
    action: SeatAction,
    *,
    booking_id: UUID,
    actor: str,
    to_booking: UUID | None,
) -> int:
    """Changes the seats by the real statement, in the name of whatever booking has them."""
    changed = 0
    for seat in await seats.lock(connection, [seat.id for seat in locked]):
        if seat.booking_id is not None:
            changed += await seats.change(
                connection, [seat], action, booking_id=seat.booking_id, actor=actor, to_booking=to_booking
            )
    return changed


async def _close_no_entry(*_: object, **__: object) -> None:
    pass


a_queue_closes_with_its_seat = _instead("ticketing.usecases.booking.release_seats.close_entries", _close_no_entry)


# Answers of organizer and payment: not awaited.


async def _do_not_release(_: object, booking: Booking) -> None:
    pass


async def _do_not_settle(services: Services, booking: Booking) -> bool:
    return True


async def _do_not_void(_: object, booking: Booking) -> Invoice:
    return Invoice(number="INV-?", reference=booking.id, version=0, status=InvoiceStatus.VOID, amount=0, currency="XXX")


async def _fail_hold(services: Services, booking: Booking, *arguments: Any, **options: Any) -> Booking | None:
    return await confirm_hold.fail_hold(services, booking, *arguments, **{**options, "nothing_in_flight": True})


def _release_without_tombstone(register: Any, organizer: str, hold_id: str) -> Hold:
    with register._store.transaction():
        for table in ("held_seats", "holds"):
            register._store._connection.execute(f"DELETE FROM {table} WHERE hold_id = ?", (hold_id,))
    return Hold(organizer, hold_id, None, (), HoldStatus.RELEASED, None, None)


release_waits_for_the_organizer = _instead("support.faulty_network.FaultyOrganizers.release", _do_not_release)
release_waits_for_payment = _instead("ticketing.usecases.booking.release_seats._settle_payment", _do_not_settle)
nothing_ends_unpaid_before_its_invoice_is_void = _instead("support.faulty_network.FaultyPayments.void", _do_not_void)
a_released_hold_leaves_a_tombstone = _instead(
    "organizer_simulator.hold_register.HoldRegister.release_hold", _release_without_tombstone
)
a_doubtful_decline_is_released_like_a_hold = _instead("ticketing.usecases.waitlist.promote_next.fail_hold", _fail_hold)


# The statement that takes the seats.


def _hold_without(words: str, instead: str = "") -> Switch:
    assert take_seats.TAKE_SEATS.count(words) == 1

    def off(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(take_seats, "TAKE_SEATS", take_seats.TAKE_SEATS.replace(words, instead))

    return off


def _hold_without_all_or_none(patch: pytest.MonkeyPatch) -> None:
    # The look before the locks would refuse most of what this guard refuses.
    _hold_without(" AND NOT EXISTS (SELECT FROM seen WHERE seen.status <> 'OPEN')")(patch)
    _hold_without("HAVING count(*) = cardinality($3)")(patch)


a_hold_takes_all_seats_or_none = _hold_without_all_or_none
a_hold_waits_for_a_cancellation = _hold_without("FOR KEY SHARE OF events")


# Giving up a booking id.


async def _lock_no_id(connection: AsyncConnection, booking_id: UUID) -> None:
    pass


giving_up_locks_the_id = _for("booking.abandon_booking", abandoned, lock_id=_lock_no_id)
a_tombstone_is_looked_for_in_the_statement_alone = _hold_without(
    "FROM sale, complete",
    "FROM sale, complete WHERE NOT EXISTS (SELECT FROM abandoned_bookings WHERE abandoned_bookings.id = $1)",
)


# Refunds, and webhooks of payment.


async def _owe_refund_again(services: Services, booking_id: UUID) -> None:
    async with services.engine.begin() as connection:
        booking = await bookings.require_locked(connection, booking_id)
        await bookings.record_fact(
            connection, booking, BookingFact.REQUEST_REFUND, actor="test", refund_status=RefundStatus.PENDING
        )


async def _lock_without_version(connection: AsyncConnection, booking_id: UUID) -> Booking | None:
    booking = await bookings.lock(connection, booking_id)
    return replace(booking, invoice_version=-1) if booking else None


async def _acknowledge_early_webhook(connection: AsyncConnection, invoice: Invoice, *, actor: str) -> Effect:
    effect = await apply_payment.apply_payment(connection, invoice, actor=actor)
    if effect is Effect.TOO_EARLY:
        await bookings.set_invoice_version(connection, invoice.reference, invoice.version)
    return Effect.IGNORED if effect is Effect.TOO_EARLY else effect


a_refund_is_owed_once = _instead("ticketing.usecases.booking.release_seats.owe_refund", _owe_refund_again)
older_webhooks_are_ignored = _for("payment.apply_payment", bookings, lock=_lock_without_version)
early_webhooks_are_sent_again = _instead(
    "ticketing.usecases.payment.receive_webhook.apply_payment", _acknowledge_early_webhook
)
