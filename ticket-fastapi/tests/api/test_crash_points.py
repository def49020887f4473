"""The service recovers by itself from a crash between any two steps (docs/booking.md, Crash and rule 7).

An exception that no handler catches stands for `kill -9`; then workers do the work that the dead process left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.ticket_system import TicketSystem

from servicekit import crash_points


class Killed(BaseException):
    """Ends the action like SIGKILL: no handler of the service catches it."""


Arm = Callable[[str], None]


@pytest.fixture
def arm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Arm]:
    armed: list[str] = []

    def die(_: Path, name: str) -> None:
        if name in armed:
            armed.remove(name)
            raise Killed(name)

    monkeypatch.setattr(crash_points, "_die_if_named", die)

    def at(name: str) -> None:
        crash_points.arm_crash_points(tmp_path / "armed")
        armed.append(name)

    yield at
    crash_points.arm_crash_points(None)
    assert not armed, f"no process reached {armed}"


async def assert_dies(action: Any) -> None:
    with pytest.raises(Killed):
        await action


async def restart(system: TicketSystem) -> None:
    """Ends the leases of the dead process and does the work that is due."""
    for _ in range(3):
        await system.make_work_due()
        await system.run_until_idle()


async def assert_consistent(system: TicketSystem, event: Any, seats: list[Any]) -> None:
    """Asserts the rules of docs/booking.md about ticket, organizer and payment."""
    listed = {booking["id"]: booking for booking in await system.bookings_of(event)}
    assert listed
    for booking in listed.values():
        invoice = system.payment.invoices.get(booking["id"], {}).get("status")
        hold = await system.hold_status(event, booking["id"])
        if booking["status"] == "BOOKED":
            assert (invoice, hold) == ("PAID", "HELD")
            assert booking["document"]["kind"] == "CONFIRMATION"
        elif booking["status"] in ("FAILED", "EXPIRED", "CANCELLED"):
            assert hold in (None, "RELEASED")
            assert invoice in (None, "VOID", "FAILED", "REFUNDED")
            assert booking["document"]["kind"] == "NOTICE"
        else:
            assert (booking["status"], hold) == ("AWAITING_PAYMENT", "HELD")
    for seat in seats:
        row = await system.seat(seat["id"])
        holder = listed.get(str(row["booking_id"]))
        expected = {None: "OPEN", "AWAITING_PAYMENT": "ON_GOING", "BOOKED": "BOOKED"}
        assert row["status"] == expected[holder["status"] if holder else None]
    for booking_id in listed:
        row = await system.booking_row(booking_id)
        assert (row["next_step_at"] is None) == (row["status"] != "AWAITING_PAYMENT")


BOOKING = ("booking.seats-taken", "booking.organizer-held", "booking.invoice-made", "booking.confirmed")


@pytest.mark.parametrize("point", BOOKING)
async def test_a_booking_is_confirmed_or_fails_after_a_crash(system: TicketSystem, arm: Arm, point: str) -> None:
    event, seats = await system.create_event()
    body = system.booking_request(event, seats[:2])
    arm(point)
    await assert_dies(system.client.post("/api/v1/bookings", json=body))
    await restart(system)
    booking = await system.booking(body["booking_id"])
    finished = point in ("booking.invoice-made", "booking.confirmed")
    assert booking["status"] == ("AWAITING_PAYMENT" if finished else "FAILED")
    await assert_consistent(system, event, seats)


async def test_a_booking_fails_after_a_crash_that_follows_a_decline(system: TicketSystem, arm: Arm) -> None:
    event, seats = await system.create_event()
    await system.set_organizer_outcomes("fail")
    arm("booking.organizer-declined")
    body = system.booking_request(event, seats)
    await assert_dies(system.client.post("/api/v1/bookings", json=body))
    await restart(system)
    assert (await system.booking(body["booking_id"]))["status"] == "FAILED"
    await assert_consistent(system, event, seats)


@pytest.mark.parametrize("point", ["payment.received", "payment.applied"])
async def test_a_webhook_is_applied_once_after_a_crash_while_it_is_received(
    system: TicketSystem, arm: Arm, point: str
) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    invoice = system.payment.set_status(booking["id"], "PAID")
    arm(point)
    await assert_dies(system.post_webhook("invoice.paid", invoice, webhook_id="msg_1"))
    effect = (await system.post_webhook("invoice.paid", invoice, webhook_id="msg_1")).json()["effect"]
    assert effect == {"payment.received": "applied", "payment.applied": "duplicate"}[point]
    await restart(system)
    await assert_consistent(system, event, seats)


RELEASE = ("release.payment-settled", "release.organizer-released", "release.reassigned")
DOCUMENT = ("document.rendered", "document.uploaded", "document.recorded")


@pytest.mark.parametrize("point", ["cancel.voided", "cancel.committed", *RELEASE, *DOCUMENT])
async def test_the_cancellation_of_an_unpaid_booking_continues_after_a_crash(
    system: TicketSystem, arm: Arm, point: str
) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:2])
    arm(point)

    async def cancel() -> None:
        await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
        await system.run_until_idle()

    await assert_dies(cancel())
    await restart(system)
    # A crash between void and commit loses the cancellation: the booking stays until it is cancelled again or expires.
    assert (await system.booking(booking["id"]))["status"] == ("EXPIRED" if point == "cancel.voided" else "CANCELLED")
    await assert_consistent(system, event, seats)


async def test_an_expiry_continues_after_a_crash_between_void_and_commit(system: TicketSystem, arm: Arm) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:2])
    await system.pass_payment_deadline(booking["id"])
    arm("expiry.voided")
    await assert_dies(system.run_until_idle())
    await restart(system)
    assert (await system.booking(booking["id"]))["status"] == "EXPIRED"
    await assert_consistent(system, event, seats)


@pytest.mark.parametrize("point", ["refund.owed", "refund.requested", "refund.found", "refund.recorded", *RELEASE])
async def test_the_cancellation_of_a_paid_booking_refunds_once_after_a_crash(
    system: TicketSystem, arm: Arm, point: str
) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    arm(point)

    async def cancel() -> None:
        await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
        await system.run_until_idle()
        system.payment.set_status(booking["id"], "REFUNDED")
        await system.make_work_due()
        await system.run_until_idle()

    await assert_dies(cancel())
    await restart(system)
    if system.payment.invoices[booking["id"]]["status"] == "PAID":
        system.payment.set_status(booking["id"], "REFUNDED")
    await restart(system)
    assert (await system.booking(booking["id"]))["refund_status"] == "REFUNDED"
    assert system.payment.invoices[booking["id"]]["status"] == "REFUNDED"
    await assert_consistent(system, event, seats)


PROMOTION = ("promotion.started", "promotion.organizer-held", "promotion.invoice-made", "promotion.confirmed")


@pytest.mark.parametrize("point", [*RELEASE, *PROMOTION, "promotion.declined"])
async def test_a_promotion_keeps_its_turn_and_happens_once_after_a_crash(
    system: TicketSystem, arm: Arm, point: str
) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    first, second = await system.join(seats[0]), await system.join(seats[0])
    await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    if point == "promotion.declined":
        await system.set_organizer_outcomes("fail")
    arm(point)
    await assert_dies(system.run_until_idle())
    await restart(system)
    system.payment.set_status(booking["id"], "REFUNDED")
    await restart(system)
    offered = await system.entry(first["id"])
    assert (offered["status"], (await system.entry(second["id"]))["status"]) == ("OFFERED", "WAITING")
    assert (await system.booking(offered["booking_id"]))["status"] == "AWAITING_PAYMENT"
    assert len(await system.bookings_of(event)) == 2
    await assert_consistent(system, event, seats)
