"""An organizer that does not answer is not asked for a while, and costs nobody else anything."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from servicekit.breaker import Breakers, Limits
from servicekit.lanes import AnyLane
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from support.server import serve
from support.ticket_system import TicketSystem
from ticketing.services import Services
from ticketing.usecases.worker.lanes import DEADLINES, PROMOTIONS, RELEASES
from ticketing.worker import run_worker

from devstack.waiting import wait_until

FAILURES, AT_ONCE, PAUSE = 3, 4, 5.0


class SickOrganizer:
    """Answers no request usefully; while `may_answer` is clear, it does not answer at all."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls.append(scope["method"])
        await self.may_answer.wait()
        await Response(status_code=500)(scope, receive, send)


@asynccontextmanager
async def sick_organizer(system: TicketSystem, event: Any) -> AsyncIterator[SickOrganizer]:
    """Moves the event's organizer to a system that does not work, and back."""
    organizer = SickOrganizer()
    async with serve(organizer) as url:
        await move_organizer(system, event, url)
        yield organizer
        await move_organizer(system, event, event["base_url"])


async def move_organizer(system: TicketSystem, event: Any, base_url: str) -> None:
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE organizers SET base_url = $1 WHERE slug = $2", (base_url, event["organizer"]["slug"])
        )


@pytest.fixture
def now(system: TicketSystem) -> list[float]:
    """The time of the breakers, in seconds; it stands still. Three failures in a row cause a pause."""
    time = [0.0]
    breakers: Breakers[str] = system.services.organizers
    breakers.limits = Limits(at_once=AT_ONCE, failures=FAILURES, pause_seconds=PAUSE)
    breakers.clock = lambda: time[0]
    return time


async def post(system: TicketSystem, event: Any, seats: list[Any]) -> httpx.Response:
    return await system.client.post("/api/v1/bookings", json=system.booking_request(event, seats))


async def open_breaker(system: TicketSystem, event: Any, seats: list[Any]) -> None:
    """Books two seats: three calls fail, the hold and its look-up, then the hold of the second booking."""
    for seat in seats:
        assert (await post(system, event, [seat])).status_code == 503


async def status_of(system: TicketSystem, seat: Any) -> str:
    return str((await system.seat(seat["id"]))["status"])


async def test_after_some_failures_bookings_are_refused_before_a_seat_is_taken_until_a_probe_is_answered(
    system: TicketSystem, now: list[float]
) -> None:
    event, seats = await system.create_event()
    other_event, other_seats = await system.create_event()
    async with sick_organizer(system, event) as organizer:
        await open_breaker(system, event, seats[:2])
        assert organizer.calls == ["POST", "GET", "POST"]
        assert await status_of(system, seats[1]) == "ON_GOING", "a request may be in flight"

        refused = await post(system, event, seats[2:3])
        assert (refused.status_code, refused.json()["type"]) == (503, "organizer-unreachable")
        assert int(refused.headers["retry-after"]) > 0
        assert (await system.client.get(f"/api/v1/bookings/{refused.json()['booking_id']}")).status_code == 404
        assert await status_of(system, seats[2]) == "OPEN"
        metrics = (await system.client.get("/metrics")).text
        assert f'ticket_organizer_paused{{organizer="{event["organizer"]["slug"]}"}} 1.0' in metrics
        await system.book(other_event, other_seats[:1])

        now[0] += PAUSE
        assert (await post(system, event, seats[2:3])).status_code == 503
        assert organizer.calls == ["POST", "GET", "POST", "POST"], "one probe"
        assert (await post(system, event, other_seats[:1])).json()["type"] == "organizer-unreachable"
    now[0] += 2 * PAUSE

    async def seat_is_released() -> bool:
        # While one booking's step is the probe, those of the others are put off: which comes first is chance.
        await system.make_work_due()
        await system.run_until_idle()
        return await status_of(system, seats[2]) == "OPEN"

    await wait_until(seat_is_released)
    assert (await post(system, event, seats[2:3])).status_code == 201
    assert "ticket_organizer_paused{" not in (await system.client.get("/metrics")).text


async def test_a_repeat_gets_its_first_answer_while_the_organizer_is_paused(
    system: TicketSystem, now: list[float]
) -> None:
    event, seats = await system.create_event(seats_per_row=4)
    body = system.booking_request(event, seats[:1])
    first = await system.client.post("/api/v1/bookings", json=body)
    async with sick_organizer(system, event):
        await open_breaker(system, event, seats[1:3])
        assert (await post(system, event, seats[3:4])).json().get("booking") is None
        again = await system.client.post("/api/v1/bookings", json=body)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])


async def test_a_booking_that_finds_the_organizer_paused_after_its_seats_were_taken_gives_them_back_at_once(
    system: TicketSystem, now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    event, seats = await system.create_event()
    async with sick_organizer(system, event) as organizer:
        await open_breaker(system, event, seats[1:3])
        calls = len(organizer.calls)
        # As if the pause began between the two.
        monkeypatch.setattr(Breakers, "refused", lambda _: set())
        refused = await post(system, event, seats[:1])
        assert (refused.status_code, refused.json()["booking"]["failure_reason"]) == (503, "ORGANIZER_UNREACHABLE")
        assert len(organizer.calls) == calls
        assert await status_of(system, seats[0]) == "OPEN"


async def test_no_more_than_so_many_calls_to_one_organizer_are_under_way(
    system: TicketSystem, now: list[float]
) -> None:
    event, seats = await system.create_event(seats_per_row=AT_ONCE + 1)
    other_event, other_seats = await system.create_event()
    async with sick_organizer(system, event) as organizer:
        organizer.may_answer.clear()
        waiting = [asyncio.create_task(post(system, event, [seat])) for seat in seats[:AT_ONCE]]
        await wait_until(lambda: len(organizer.calls) == AT_ONCE)
        refused = await post(system, event, seats[AT_ONCE:])
        assert (refused.status_code, refused.json()["type"]) == (503, "organizer-unreachable")
        assert await status_of(system, seats[AT_ONCE]) == "OPEN"
        await system.book(other_event, other_seats[:1])
        organizer.may_answer.set()
        await asyncio.gather(*waiting)


async def test_a_promotion_waits_for_a_paused_organizer_without_using_up_its_attempts(
    system: TicketSystem, now: list[float]
) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    entry = await system.join(seats[0])
    await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={"reason": "BUYER"})
    await system.run_until_idle()
    assert (await system.entry(entry["id"]))["status"] == "OFFERED"
    promoted = (await system.entry(entry["id"]))["booking_id"]
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE bookings SET status = 'HOLDING', invoice_number = NULL, next_step_at = now() WHERE id = $1",
            (promoted,),
        )
    async with sick_organizer(system, event) as organizer:
        for _ in range(4 * FAILURES):
            await system.make_work_due()
            await system.run_until_idle()
        assert len(organizer.calls) == FAILURES
        row = await system.booking_row(promoted)
        assert (row["status"], row["declines"]) == ("HOLDING", 0)
    now[0] += PAUSE
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.booking(promoted))["status"] == "AWAITING_PAYMENT"


async def test_a_release_waits_for_the_end_of_the_pause(system: TicketSystem, now: list[float]) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    async with sick_organizer(system, event) as organizer:
        await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={"reason": "BUYER"})
        for _ in range(4 * FAILURES):
            await system.make_work_due()
            await system.run_until_idle()
        assert organizer.calls == ["DELETE"] * FAILURES
        due = await system.booking_row(booking["id"])
        assert (due["next_step_at"] - due["updated_at"]).total_seconds() >= PAUSE
        assert await status_of(system, seats[0]) == "ON_GOING"
    now[0] += PAUSE
    await system.make_work_due()
    await system.run_until_idle()
    assert await status_of(system, seats[0]) == "OPEN"


def small(lane: AnyLane[Services]) -> AnyLane[Services]:
    """Returns the lane with so few places that two stuck items would fill it, if one organizer could have them all."""
    return dataclasses.replace(lane, at_once=2, of_one_owner=lane.of_one_owner and 1)


@asynccontextmanager
async def working(services: Services, *lanes: AnyLane[Services]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(services, stop, lanes=lanes, sweeps=()))
    try:
        yield
    finally:
        stop.set()
        await worker


async def test_bookings_that_wait_for_a_silent_organizer_delay_no_expiry_release_or_promotion_elsewhere(
    system: TicketSystem,
) -> None:
    """Even if nothing pauses the organizer."""
    system.services.organizers.limits = Limits(at_once=1000, failures=1000, pause_seconds=1)
    event, seats = await system.create_event()
    other_event, other_seats = await system.create_event()
    stuck = [await system.book(event, [seat]) for seat in seats]
    bystander = await system.book(other_event, other_seats[:1])
    entry = await system.join(other_seats[0])
    async with sick_organizer(system, event) as organizer:
        organizer.may_answer.clear()
        for booking in stuck:
            await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={"reason": "BUYER"})
        async with working(system.services, small(RELEASES), small(PROMOTIONS), DEADLINES):
            await wait_until(lambda: organizer.calls == ["DELETE"])
            await system.pass_payment_deadline(bystander["id"])

            async def is_offered() -> bool:
                return bool((await system.entry(entry["id"]))["status"] == "OFFERED")

            async def is_promoted() -> bool:
                booking_id = (await system.entry(entry["id"]))["booking_id"]
                return (await system.booking(booking_id))["status"] == "AWAITING_PAYMENT"

            await wait_until(is_offered)
            await wait_until(is_promoted)
            assert (await system.booking(bystander["id"]))["status"] == "EXPIRED"
            assert organizer.calls == ["DELETE"], "the other releases still wait for their turn"
            organizer.may_answer.set()
