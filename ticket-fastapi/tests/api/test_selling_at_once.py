"""The statement that sells: it does what the general way does, does the common case alone, and takes many at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from servicekit.db.engine import driver_in_transaction
from servicekit.tracing import new_trace, tracing
from support.ticket_system import TicketSystem
from ticketing.db.booking.sell import PaidBooking, sell
from ticketing.db.tables import audit_entries, bookings, seats, webhook_deliveries
from ticketing.integrations.gateways import Invoice
from ticketing.usecases.payment import apply_payment

ITS_OWN = {"id", "booking_id", "subject_id", "seat_id", "place_key", "number", "invoice_number", "payment_url"}
ITS_OWN |= {"customer_id", "customer", "seats", "waitlist_entry_id", "request_hash", "traceparent"}
"""What two bookings of the same kind do not have in common."""
ITS_TIMES = {"at", "created_at", "updated_at", "next_step_at", "next_attempt_at", "hold_expires_at"}
TRACE = new_trace()

Prepare = Callable[[TicketSystem, Any, list[Any]], Awaitable[Any]]


async def of_one_seat(system: TicketSystem, event: Any, free: list[Any]) -> Any:
    return await system.book(event, free[:1])


async def of_three_seats(system: TicketSystem, event: Any, free: list[Any]) -> Any:
    return await system.book(event, free[:3])


async def still_holding(system: TicketSystem, event: Any, free: list[Any]) -> Any:
    booking = await system.book(event, free[:2])
    await change(system, sa.update(bookings).where(bookings.c.id == booking["id"]).values(status="HOLDING"))
    return booking


async def already_paid(system: TicketSystem, event: Any, free: list[Any]) -> Any:
    booking = await system.book(event, free[:2])
    await system.pay(booking["id"])
    return booking


async def ended(system: TicketSystem, event: Any, free: list[Any]) -> Any:
    booking = await system.book(event, free[:2])
    await system.pay(booking["id"], "FAILED")
    return booking


async def from_a_queue(system: TicketSystem, event: Any, free: list[Any]) -> Any:
    booking = await system.book(event, free[:1])
    entry = await system.join(free[0])
    await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel")
    await system.run_until_idle()
    return await system.booking((await system.entry(entry["id"]))["booking_id"])


async def change(system: TicketSystem, statement: sa.Update) -> None:
    async with system.services.engine.begin() as connection:
        await connection.execute(statement)


async def paid_invoice(system: TicketSystem, booking_id: str, versions: int) -> Invoice:
    """Returns the booking's invoice as paid, `versions` newer than the one that was last applied."""
    row = await system.booking_row(booking_id)
    stored = {**system.payment.invoices[booking_id], "status": "PAID", "version": row["invoice_version"] + versions}
    return Invoice.model_validate(stored)


async def apply(system: TicketSystem, invoice: Invoice) -> object:
    with tracing(TRACE):
        async with system.services.engine.begin() as connection:
            return await apply_payment.apply_payment(connection, invoice, actor="test")


async def everything_of(system: TicketSystem, booking_id: str) -> dict[str, list[dict[str, Any]]]:
    """Returns the rows of the booking without what is its own; of times, whether they are there and equal to others."""
    tables = {
        bookings: (bookings.c.id == booking_id, bookings.c.id),
        seats: (seats.c.booking_id == booking_id, seats.c.number),
        audit_entries: (audit_entries.c.booking_id == booking_id, audit_entries.c.id),
        webhook_deliveries: (webhook_deliveries.c.subject_id == booking_id, webhook_deliveries.c.subject_version),
    }
    found: dict[str, list[dict[str, Any]]] = {}
    async with system.services.engine.connect() as connection:
        for table, (condition, order) in tables.items():
            rows = (await connection.execute(sa.select(table).where(condition).order_by(order))).mappings()
            found[table.name] = [_comparable(row) for row in rows]
    return found


def _comparable(row: sa.RowMapping) -> dict[str, Any]:
    common = {name: value for name, value in row.items() if name not in ITS_OWN | ITS_TIMES | {"request_id"}}
    times = {name: row[name] is not None for name in ITS_TIMES & row.keys()}
    if "next_step_at" in row:
        times["next step is due at once"] = row["next_step_at"] == row["updated_at"]
    if "data" in row:
        common["data"] = {name: value for name, value in row["data"].items() if name not in ITS_OWN | ITS_TIMES}
    if "detail" in row:
        # Details of a promotion are ids.
        common["detail"] = sorted(row["detail"])
    return common | times | {"traced": row.get("request_id") == TRACE.request_id}


@pytest.mark.parametrize(
    ("prepare", "versions", "is_common"),
    [
        (of_one_seat, 1, True),
        (of_three_seats, 7, True),
        (of_one_seat, 0, False),
        (still_holding, 1, False),
        (already_paid, 1, False),
        (already_paid, 0, False),
        (ended, 1, False),
        (from_a_queue, 1, False),
    ],
)
async def test_both_ways_store_the_same(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch, prepare: Prepare, versions: int, is_common: bool
) -> None:
    event, free = await system.create_event(seats_per_row=8)
    booked = [await prepare(system, event, free[first : first + 4]) for first in (0, 4)]
    invoices = [await paid_invoice(system, booking["id"], versions) for booking in booked]
    sold: list[int] = []

    async def noted(*arguments: Any, **options: Any) -> Any:
        found = await sell(*arguments, **options)
        sold.append(len(found))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(apply_payment, "sell", noted)
        at_once = await apply(system, invoices[0])
    assert sold == [int(is_common)]

    async def general_only(*_: object) -> bool:
        return False

    with monkeypatch.context() as patch:
        patch.setattr(apply_payment, "_sell_at_once", general_only)
        generally = await apply(system, invoices[1])
    assert at_once == generally
    ours, theirs = [await everything_of(system, booking["id"]) for booking in booked]
    assert ours == theirs


async def test_a_booking_that_lacks_a_seat_is_not_sold(system: TicketSystem) -> None:
    event, free = await system.create_event()
    booking = await system.book(event, free[:2])
    await change(system, sa.update(seats).where(seats.c.id == free[0]["id"]).values(status="OPEN", booking_id=None))
    before = await everything_of(system, booking["id"])
    with pytest.raises(LookupError, match="does not have all of its seats"):
        await apply(system, await paid_invoice(system, booking["id"], 1))
    assert await everything_of(system, booking["id"]) == before


async def test_many_are_sold_at_once_and_others_are_left_alone(system: TicketSystem) -> None:
    event, free = await system.create_event(seats_per_row=8)
    paid = [await system.book(event, free[2 * index : 2 * index + 2]) for index in range(3)]
    unpaid = await system.book(event, free[6:7])
    older = await already_paid(system, event, free[7:8])
    rows = [
        PaidBooking(UUID(booking["id"]), version, f"request-{index}")
        for index, (booking, version) in enumerate([*((booking, 9) for booking in paid), (older, 1)])
    ]
    async with system.services.engine.begin() as connection:
        sold = await sell(await driver_in_transaction(connection), rows, actor="test")
    assert [str(booking.id) for booking in sold] == sorted(booking["id"] for booking in paid)
    for index, booking in enumerate(paid):
        (stored,) = (each for each in sold if str(each.id) == booking["id"])
        shown = await system.booking(booking["id"])
        assert (shown["status"], shown["version"]) == ("BOOKED", stored.version)
        assert [str(seat.id) for seat in stored.seats] == [seat["id"] for seat in shown["seats"]]
        assert {(await system.seat(seat["id"]))["status"] for seat in shown["seats"]} == {"BOOKED"}
        async with system.services.engine.connect() as connection:
            entry = sa.select(audit_entries.c.request_id).where(
                audit_entries.c.subject_id == booking["id"], audit_entries.c.action == "PAY"
            )
            assert (await connection.execute(entry)).scalars().all() == [f"request-{index}"]
    assert (await system.booking(unpaid["id"]))["status"] == "AWAITING_PAYMENT"
