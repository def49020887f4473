"""Closing a sale and cancelling an event: refunds, closed queues and published changes, even after a crash."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from support.lanes import run_bookings_once
from support.ticket_system import TicketSystem, customer

from servicekit import crash_points


class KilledError(BaseException):
    """Ends the process like SIGKILL: no handler of the service catches it."""


async def operation(system: TicketSystem, event: Any) -> Any:
    answer = await system.client.get(f"/api/v1/events/{event['id']}/operations")
    return answer.json()["items"][0]


async def cancel_event(system: TicketSystem, event: Any) -> Any:
    answer = await system.client.post(f"/api/v1/events/{event['id']}/cancel", json={"reason": "rain"})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def event_with_three_bookings(system: TicketSystem) -> tuple[Any, list[Any], dict[str, Any]]:
    event, seats = await system.create_event()
    bookings = {
        "sold": await system.book_and_pay(event, seats[:1]),
        "unpaid": await system.book(event, seats[1:2]),
        "paying": await system.book(event, seats[2:3]),
    }
    system.payment.set_status(bookings["paying"]["id"], "PROCESSING")
    return event, seats, bookings


async def test_a_cancelled_event_ends_every_booking_and_every_queue(system: TicketSystem) -> None:
    event, seats, bookings = await event_with_three_bookings(system)
    entries = [await system.join(seat) for seat in seats]
    started = await cancel_event(system, event)
    assert (started["state"], started["total"], started["done"], started["reason"]) == ("RUNNING", 3, 0, "rain")
    await system.run_until_idle()
    running = await operation(system, event)
    assert (running["state"], running["done"]) == ("RUNNING", 2), "the third booking is still being paid"
    system.payment.set_status(bookings["paying"]["id"], "PAID")
    await system.make_work_due()
    await system.run_until_idle()
    done = await operation(system, event)
    assert (done["state"], done["done"], done["total"]) == ("DONE", 3, 3)
    assert done["finished_at"] is not None
    for name, booking in bookings.items():
        ended = await system.booking(booking["id"])
        assert (ended["status"], ended["cancel_reason"]) == ("CANCELLED", "EVENT_CANCELLED")
        assert ended["refund_status"] == (None if name == "unpaid" else "PENDING")
    for entry in entries:
        assert (await system.entry(entry["id"]))["status"] == "LAPSED"
        assert [data["status"] for data in await system.published(entry["id"])] == ["WAITING", "LAPSED"]
    assert {(await system.seat(seat["id"]))["status"] for seat in seats} == {"OPEN"}
    assert len(await system.bookings_of(event)) == 3, "nobody was promoted"


async def test_cancelling_again_answers_the_operation_that_runs(system: TicketSystem) -> None:
    event, _ = await system.create_event()
    assert (await cancel_event(system, event))["id"] == (await cancel_event(system, event))["id"]


async def test_a_seat_that_is_released_after_the_cancellation_is_offered_to_nobody(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    entry = await system.join(seats[0])
    await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    await cancel_event(system, event)
    # The booking is released before the queues are closed.
    await run_bookings_once(system.services)
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"
    await system.run_until_idle()
    assert (await system.entry(entry["id"]))["status"] == "LAPSED"
    assert len(await system.bookings_of(event)) == 1


async def test_cancelling_an_event_cancels_a_promotion_in_progress(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    entry = await system.join(seats[0])
    await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    await system.set_organizer_outcomes("error", "error")
    await system.run_until_idle()
    await cancel_event(system, event)
    await system.run_until_idle()
    assert (await system.entry(entry["id"]))["status"] == "LAPSED"
    assert (await operation(system, event))["state"] == "DONE"
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"


@pytest.mark.parametrize("point", ["event.cancelled", "event.queues-closed", "event.booking-cancelled"])
async def test_the_cancellation_of_an_event_continues_after_a_crash(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, point: str
) -> None:
    event, seats, bookings = await event_with_three_bookings(system)
    system.payment.set_status(bookings["paying"]["id"], "FAILED")
    armed = [point]

    def die(_: Any, name: str) -> None:
        if name in armed:
            armed.remove(name)
            raise KilledError

    monkeypatch.setattr(crash_points, "_die_if_named", die)
    crash_points.arm_crash_points(tmp_path)
    try:
        with suppress(KilledError):
            await system.client.post(f"/api/v1/events/{event['id']}/cancel", json={})
        if armed:
            with pytest.raises(KilledError):
                await system.run_until_idle()
    finally:
        crash_points.arm_crash_points(None)
    assert not armed
    for _ in range(2):
        await system.make_work_due()
        await system.run_until_idle()
    assert (await operation(system, event))["state"] == "DONE"
    assert {(await system.booking(booking["id"]))["status"] for booking in bookings.values()} <= {"CANCELLED", "FAILED"}
    assert {(await system.seat(seat["id"]))["status"] for seat in seats} == {"OPEN"}


async def test_closing_a_sale_closes_the_queues_and_leaves_unpaid_bookings_payable(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    entry = await system.join(seats[0])
    answer = await system.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert answer.status_code == 200
    await system.run_until_idle()
    assert (await system.entry(entry["id"]))["status"] == "LAPSED"
    await system.pay(booking["id"])
    await system.run_until_idle()
    assert (await system.booking(booking["id"]))["status"] == "BOOKED"
    again = await system.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert again.json()["sales_close_at"] == answer.json()["sales_close_at"]


async def test_wrong_requests_are_refused(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    for path in ("close-sales", "cancel"):
        answer = await system.client.post(f"/api/v1/events/{uuid4()}/{path}", json={})
        assert (answer.status_code, answer.json()["type"]) == (404, "event-not-found")
    answer = await system.client.post(f"/api/v1/events/{event['id']}/cancel", json={"reason": 5})
    assert answer.status_code == 422
    assert (await system.client.get(f"/api/v1/events/{uuid4()}/operations")).status_code == 404
    await cancel_event(system, event)
    answer = await system.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert (answer.status_code, answer.json()["type"]) == (409, "event-cancelled")
    body = {"seat_id": seats[0]["id"], "customer": customer()}
    assert (await system.client.post("/api/v1/waitlist", json=body)).json()["type"] == "event-cancelled"
