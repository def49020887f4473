"""Payment is asked about many unpaid bookings at once, and each of them stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from support.lanes import run_once
from support.ticket_system import TicketSystem
from ticketing.db.booking import bookings
from ticketing.usecases.payment.check_payments import GRID, first_check
from ticketing.usecases.worker.lanes import DEADLINES

NUMBER = 3


async def unpaid_bookings(system: TicketSystem) -> list[str]:
    """Returns the ids of bookings that await payment and are to be checked now."""
    event, seats = await system.create_event()
    ids = [(await system.book(event, [seat]))["id"] for seat in seats[:NUMBER]]
    await system.make_work_due()
    system.payment.calls.clear()
    return ids


def asked(system: TicketSystem) -> list[list[str]]:
    """The bookings that payment was asked about, by request."""
    return [sorted(about.split(",")) for operation, about in system.payment.calls if operation == "find"]


async def statuses(system: TicketSystem, ids: Sequence[str]) -> list[Any]:
    return [(await system.booking(id_))["status"] for id_ in ids]


def is_on_grid(moment: datetime) -> bool:
    return moment.timestamp() % GRID.total_seconds() == 0


async def test_bookings_that_are_due_at_once_take_one_request_and_are_due_together_again(system: TicketSystem) -> None:
    ids = await unpaid_bookings(system)
    await run_once(system.services, DEADLINES)
    assert asked(system) == [sorted(ids)]
    now = datetime.now(UTC)
    for id_ in ids:
        due = (await system.booking_row(id_))["next_step_at"]
        assert due > now
        assert is_on_grid(due)


async def test_a_payment_whose_webhook_was_lost_is_found_and_delays_nobody_else(system: TicketSystem) -> None:
    first, paid, last = await unpaid_bookings(system)
    system.payment.set_status(paid, "PAID")
    await run_once(system.services, DEADLINES)
    assert await statuses(system, [first, paid, last]) == ["AWAITING_PAYMENT", "BOOKED", "AWAITING_PAYMENT"]


async def test_a_booking_whose_time_is_over_expires_although_the_others_have_time(system: TicketSystem) -> None:
    first, late, last = await unpaid_bookings(system)
    await system.pass_payment_deadline(late)
    await run_once(system.services, DEADLINES)
    assert asked(system) == [sorted([first, last])]
    assert await statuses(system, [first, late, last]) == ["AWAITING_PAYMENT", "EXPIRED", "AWAITING_PAYMENT"]


@pytest.mark.parametrize("wrong", [{"amount": 1}, {"version": -1}, {"number": "\x00"}])
async def test_an_invoice_that_cannot_be_used_spoils_only_its_own_check(
    system: TicketSystem, wrong: dict[str, Any]
) -> None:
    first, spoilt, paid = await unpaid_bookings(system)
    for decided in (spoilt, paid):
        system.payment.set_status(decided, "PAID")
    system.payment.invoices[spoilt] |= wrong
    await run_once(system.services, DEADLINES)
    system.payment.violations.clear()
    assert await statuses(system, [first, spoilt, paid]) == ["AWAITING_PAYMENT", "AWAITING_PAYMENT", "BOOKED"]
    assert (await system.booking_row(first))["next_step_at"] > datetime.now(UTC)


async def test_a_payment_that_is_applied_during_the_check_keeps_its_next_step_due(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, paid, _ = await unpaid_bookings(system)
    payments = system.services.gateways.payments
    find_decided = type(payments).find_decided

    async def overtaken(*arguments: Any) -> Any:
        answer = await find_decided(*arguments)
        await system.pay(paid)
        return answer

    monkeypatch.setattr(type(payments), "find_decided", overtaken)
    await run_once(system.services, DEADLINES)
    row = await system.booking_row(paid)
    assert row["status"] == "BOOKED"
    assert row["next_step_at"] <= datetime.now(UTC), "its document is due"
    assert (await system.booking_row(first))["next_step_at"] > datetime.now(UTC)


async def test_a_check_comes_no_later_than_the_deadline(system: TicketSystem) -> None:
    id_ = (await unpaid_bookings(system))[0]
    second, long = timedelta(seconds=1), timedelta(days=100_000)
    async with system.services.engine.begin() as connection:
        booking = await bookings.require(connection, UUID(id_))
        await bookings.postpone_checks(connection, [booking], shortest=second, longest=second, grid=long)
    row = await system.booking_row(id_)
    assert row["next_step_at"] == row["hold_expires_at"]


@pytest.mark.parametrize(("second", "expected"), [(0.0, 0), (0.001, 5), (4.999999, 5), (5.0, 5), (7.5, 10), (57.0, 60)])
def test_the_first_check_is_at_the_next_multiple(second: float, expected: int) -> None:
    minute = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert first_check(minute + timedelta(seconds=second)) == minute + timedelta(seconds=expected)
