"""A crash between any two steps heals by itself (DESIGN section 4; section 10, rule 7).

The process is played by whatever runs when the crash point is reached: it stops there, as by `kill -9`, and the sweeper
of another process finds what it has left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.stage import Stage

from servicekit import crash_points


class Killed(BaseException):
    """No handler of ours may catch it, as none could catch SIGKILL."""


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
    assert not armed, f"nobody came to {armed}"


async def dies(doing: Any) -> None:
    with pytest.raises(Killed):
        await doing


async def restart(stage: Stage) -> None:
    """The leases of the dead process have run out."""
    for _ in range(3):
        await stage.hurry()
        await stage.settle()


async def sound(stage: Stage, event: Any, some: list[Any]) -> None:
    """The rules of DESIGN section 10 that concern ticket, organizer and payment."""
    listed = {booking["id"]: booking for booking in await stage.bookings_of(event)}
    for booking in listed.values():
        invoice = stage.payment.invoices.get(booking["id"], {}).get("status")
        hold = await stage.hold(event, booking["id"])
        if booking["status"] == "BOOKED":
            assert (invoice, hold) == ("PAID", "HELD")
            assert booking["document"]["kind"] == "CONFIRMATION"
        elif booking["status"] in ("FAILED", "EXPIRED", "CANCELLED"):
            assert hold in (None, "RELEASED")
            assert invoice in (None, "VOID", "FAILED", "REFUNDED")
            assert booking["document"]["kind"] == "NOTICE"
        else:
            assert (booking["status"], hold) == ("AWAITING_PAYMENT", "HELD")
    for seat in some:
        row = await stage.seat(seat["id"])
        holder = listed.get(str(row["booking_id"]))
        expected = {None: "OPEN", "AWAITING_PAYMENT": "ON_GOING", "BOOKED": "BOOKED"}
        assert row["status"] == expected[holder["status"] if holder else None]
    for booking_id in listed:
        row = await stage.row(booking_id)
        assert (row["next_step_at"] is None) == (row["status"] != "AWAITING_PAYMENT")


BOOKING = ("booking.seats-taken", "booking.organizer-held", "booking.invoice-made", "booking.confirmed")


@pytest.mark.parametrize("point", BOOKING)
async def test_a_crash_while_booking_is_finished_or_undone(stage: Stage, arm: Arm, point: str) -> None:
    event, some = await stage.event()
    order = stage.order(event, some[:2])
    arm(point)
    await dies(stage.client.post("/api/v1/bookings", json=order))
    await restart(stage)
    booking = await stage.booking(order["booking_id"])
    finished = point in ("booking.invoice-made", "booking.confirmed")
    assert booking["status"] == ("AWAITING_PAYMENT" if finished else "FAILED")
    await sound(stage, event, some)


async def test_a_crash_after_a_decline_is_undone(stage: Stage, arm: Arm) -> None:
    event, some = await stage.event()
    await stage.organizer_does("fail")
    arm("booking.organizer-declined")
    await dies(stage.client.post("/api/v1/bookings", json=stage.order(event, some)))
    await restart(stage)
    await sound(stage, event, some)


@pytest.mark.parametrize("point", ["payment.received", "payment.applied"])
async def test_a_crash_while_a_webhook_is_received_loses_nothing(stage: Stage, arm: Arm, point: str) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    invoice = stage.payment.decide(booking["id"], "PAID")
    arm(point)
    await dies(stage.webhook("invoice.paid", invoice, webhook_id="msg_1"))
    effect = (await stage.webhook("invoice.paid", invoice, webhook_id="msg_1")).json()["effect"]
    assert effect == {"payment.received": "applied", "payment.applied": "duplicate"}[point]
    await restart(stage)
    await sound(stage, event, some)


RELEASE = ("release.payment-settled", "release.organizer-released", "release.reassigned")
DOCUMENT = ("document.rendered", "document.uploaded", "document.recorded")


@pytest.mark.parametrize("point", ["cancel.voided", "cancel.committed", *RELEASE, *DOCUMENT])
async def test_a_crash_while_an_unpaid_booking_is_cancelled_is_carried_on(stage: Stage, arm: Arm, point: str) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:2])
    arm(point)

    async def cancel() -> None:
        await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
        await stage.settle()

    await dies(cancel())
    await restart(stage)
    # Between the void and the commit nobody has asked for it but the buyer, who asks again or lets it expire.
    assert (await stage.booking(booking["id"]))["status"] == ("EXPIRED" if point == "cancel.voided" else "CANCELLED")
    await sound(stage, event, some)


async def test_a_crash_between_void_and_expiry_is_carried_on(stage: Stage, arm: Arm) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:2])
    await stage.overdue(booking["id"])
    arm("expiry.voided")
    await dies(stage.settle())
    await restart(stage)
    assert (await stage.booking(booking["id"]))["status"] == "EXPIRED"
    await sound(stage, event, some)


@pytest.mark.parametrize("point", ["refund.owed", "refund.requested", "refund.found", "refund.recorded", *RELEASE])
async def test_a_crash_while_a_paid_booking_is_cancelled_refunds_once(stage: Stage, arm: Arm, point: str) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    arm(point)

    async def cancel() -> None:
        await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
        await stage.settle()
        stage.payment.decide(booking["id"], "REFUNDED")
        await stage.hurry()
        await stage.settle()

    await dies(cancel())
    await restart(stage)
    if stage.payment.invoices[booking["id"]]["status"] == "PAID":
        stage.payment.decide(booking["id"], "REFUNDED")
    await restart(stage)
    assert (await stage.booking(booking["id"]))["refund_status"] == "REFUNDED"
    assert stage.payment.invoices[booking["id"]]["status"] == "REFUNDED"
    await sound(stage, event, some)


PROMOTION = ("promotion.started", "promotion.organizer-held", "promotion.invoice-made", "promotion.confirmed")


@pytest.mark.parametrize("point", [*RELEASE, *PROMOTION, "promotion.declined"])
async def test_a_crash_during_a_promotion_keeps_the_turn_and_promotes_once(stage: Stage, arm: Arm, point: str) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    first, second = await stage.join(some[0]), await stage.join(some[0])
    await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    if point == "promotion.declined":
        await stage.organizer_does("fail")
    arm(point)
    await dies(stage.settle())
    await restart(stage)
    stage.payment.decide(booking["id"], "REFUNDED")
    await restart(stage)
    offered = await stage.entry(first["id"])
    assert (offered["status"], (await stage.entry(second["id"]))["status"]) == ("OFFERED", "WAITING")
    assert (await stage.booking(offered["booking_id"]))["status"] == "AWAITING_PAYMENT"
    assert len(await stage.bookings_of(event)) == 2
    await sound(stage, event, some)
