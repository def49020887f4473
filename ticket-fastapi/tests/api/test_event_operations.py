"""Closing a sale and cancelling an event: every booking refunded, queues closed, everybody told, also after a crash."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from support.stage import Stage, customer
from support.work import do_due_bookings

from servicekit import crash_points


class KilledError(BaseException):
    """The process dies here: nothing catches it."""


async def operation(stage: Stage, event: Any) -> Any:
    answer = await stage.client.get(f"/api/v1/events/{event['id']}/operations")
    return answer.json()["items"][0]


async def cancel_event(stage: Stage, event: Any) -> Any:
    answer = await stage.client.post(f"/api/v1/events/{event['id']}/cancel", json={"reason": "rain"})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def full_house(stage: Stage) -> tuple[Any, list[Any], dict[str, Any]]:
    event, some = await stage.event()
    bookings = {
        "sold": await stage.booked(event, some[:1]),
        "unpaid": await stage.book(event, some[1:2]),
        "paying": await stage.book(event, some[2:3]),
    }
    stage.payment.decide(bookings["paying"]["id"], "PROCESSING")
    return event, some, bookings


async def test_a_cancelled_event_ends_every_booking_and_every_queue(stage: Stage) -> None:
    event, some, bookings = await full_house(stage)
    entries = [await stage.join(seat) for seat in some]
    started = await cancel_event(stage, event)
    assert (started["state"], started["total"], started["done"], started["reason"]) == ("RUNNING", 3, 0, "rain")
    await stage.settle()
    running = await operation(stage, event)
    assert (running["state"], running["done"]) == ("RUNNING", 2), "one is being paid"
    stage.payment.decide(bookings["paying"]["id"], "PAID")
    await stage.hurry()
    await stage.settle()
    done = await operation(stage, event)
    assert (done["state"], done["done"], done["total"]) == ("DONE", 3, 3)
    assert done["finished_at"] is not None
    for name, booking in bookings.items():
        ended = await stage.booking(booking["id"])
        assert (ended["status"], ended["cancel_reason"]) == ("CANCELLED", "EVENT_CANCELLED")
        assert ended["refund_status"] == (None if name == "unpaid" else "PENDING")
    for entry in entries:
        assert (await stage.entry(entry["id"]))["status"] == "LAPSED"
        assert [data["status"] for data in await stage.told(entry["id"])] == ["WAITING", "LAPSED"]
    assert {(await stage.seat(seat["id"]))["status"] for seat in some} == {"OPEN"}
    assert len(await stage.bookings_of(event)) == 3, "nobody was promoted"


async def test_cancelling_again_answers_the_operation_that_runs(stage: Stage) -> None:
    event, _ = await stage.event()
    assert (await cancel_event(stage, event))["id"] == (await cancel_event(stage, event))["id"]


async def test_a_seat_that_is_released_after_the_cancellation_is_offered_to_nobody(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    entry = await stage.join(some[0])
    await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    await cancel_event(stage, event)
    # The release comes before the queues are closed.
    await do_due_bookings(stage.services)
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"
    await stage.settle()
    assert (await stage.entry(entry["id"]))["status"] == "LAPSED"
    assert len(await stage.bookings_of(event)) == 1


async def test_a_promotion_that_is_under_way_is_called_off(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    entry = await stage.join(some[0])
    await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    await stage.organizer_does("error", "error")
    await stage.settle()
    await cancel_event(stage, event)
    await stage.settle()
    assert (await stage.entry(entry["id"]))["status"] == "LAPSED"
    assert (await operation(stage, event))["state"] == "DONE"
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"


@pytest.mark.parametrize("point", ["event.cancelled", "event.queues-closed", "event.booking-cancelled"])
async def test_a_crash_in_the_middle_is_carried_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, point: str
) -> None:
    event, some, bookings = await full_house(stage)
    stage.payment.decide(bookings["paying"]["id"], "FAILED")
    armed = [point]

    def die(_: Any, name: str) -> None:
        if name in armed:
            armed.remove(name)
            raise KilledError

    monkeypatch.setattr(crash_points, "_die_if_named", die)
    crash_points.arm_crash_points(tmp_path)
    try:
        with suppress(KilledError):
            await stage.client.post(f"/api/v1/events/{event['id']}/cancel", json={})
        if armed:
            with pytest.raises(KilledError):
                await stage.settle()
    finally:
        crash_points.arm_crash_points(None)
    for _ in range(2):
        await stage.hurry()
        await stage.settle()
    assert (await operation(stage, event))["state"] == "DONE"
    assert {(await stage.booking(booking["id"]))["status"] for booking in bookings.values()} <= {"CANCELLED", "FAILED"}
    assert {(await stage.seat(seat["id"]))["status"] for seat in some} == {"OPEN"}


async def test_a_closed_sale_lets_what_is_being_paid_go_on_and_closes_the_queues(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    entry = await stage.join(some[0])
    answer = await stage.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert answer.status_code == 200
    await stage.settle()
    assert (await stage.entry(entry["id"]))["status"] == "LAPSED"
    await stage.pay(booking["id"])
    await stage.settle()
    assert (await stage.booking(booking["id"]))["status"] == "BOOKED"
    again = await stage.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert again.json()["sales_close_at"] == answer.json()["sales_close_at"]


async def test_wrong_requests_are_refused(stage: Stage) -> None:
    event, some = await stage.event()
    for path in ("close-sales", "cancel"):
        answer = await stage.client.post(f"/api/v1/events/{uuid4()}/{path}", json={})
        assert (answer.status_code, answer.json()["type"]) == (404, "event-not-found")
    answer = await stage.client.post(f"/api/v1/events/{event['id']}/cancel", json={"reason": 5})
    assert answer.status_code == 422
    assert (await stage.client.get(f"/api/v1/events/{uuid4()}/operations")).status_code == 404
    await cancel_event(stage, event)
    answer = await stage.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert (answer.status_code, answer.json()["type"]) == (409, "event-cancelled")
    body = {"seat_id": some[0]["id"], "customer": customer()}
    assert (await stage.client.post("/api/v1/waitlist", json=body)).json()["type"] == "event-cancelled"
