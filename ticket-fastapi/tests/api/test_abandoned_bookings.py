"""Giving up a booking id: either the booking exists, or no request under the id can take a seat any more."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa
from servicekit.db.engine import driver_of, reading
from support import switches
from support.actions import COUNT_WAITING_FOR_LOCKS
from support.gate import gate
from support.length import IS_LONG
from support.ticket_system import TicketSystem
from ticketing.db.booking.take_seats import BookingRequest, take_seats
from ticketing.db.tables import abandoned_bookings, events
from ticketing.domain.booking_record import Booking
from ticketing.domain.records import Customer
from ticketing.domain.unpaid_seats import UnpaidSeatLimits

from devstack.waiting import wait_until

PATH = "/api/v1/bookings"
ROUNDS = 200 if IS_LONG else 40
AT_ONCE = 4
HEAD_START_SECONDS = 0.02
ON_AND_OFF = pytest.mark.parametrize("guarded", [True, False], ids=["with the guard", "without it"])


async def post(system: TicketSystem, body: Any) -> httpx.Response:
    return await system.client.post(PATH, json=body)


async def abandon(system: TicketSystem, booking_id: str) -> httpx.Response:
    return await system.client.post(f"{PATH}/{booking_id}/abandon")


async def is_abandoned(system: TicketSystem, booking_id: str) -> bool:
    query = sa.select(sa.exists().where(abandoned_bookings.c.id == booking_id))
    async with reading(system.services.engine) as connection:
        return bool((await connection.execute(query)).scalar_one())


async def exists(system: TicketSystem, booking_id: str) -> bool:
    return (await system.client.get(f"{PATH}/{booking_id}")).status_code == 200


@asynccontextmanager
async def without_the_trigger(system: TicketSystem) -> AsyncIterator[None]:
    """Bookings are inserted whether or not their id was given up."""

    async def switch(how: str) -> None:
        async with system.services.engine.begin() as connection:
            await connection.execute(sa.text(f"ALTER TABLE bookings {how} TRIGGER refuse_abandoned"))

    await switch("DISABLE")
    try:
        yield
    finally:
        await switch("ENABLE")


async def test_a_request_that_arrives_after_its_id_was_given_up_takes_no_seat(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    body = system.booking_request(event, [seat])
    given_up = await abandon(system, body["booking_id"])
    assert (given_up.status_code, given_up.content) == (204, b"")
    for _ in range(2):
        late = await post(system, body)
        assert (late.status_code, late.json()["type"]) == (409, "booking-abandoned")
        assert late.json()["booking_id"] == body["booking_id"]
    assert (await system.seat(seat["id"]))["status"] == "OPEN"
    assert not await exists(system, body["booking_id"])
    assert (await post(system, system.booking_request(event, [seat]))).status_code == 201
    assert system.payment.calls_of("create", body["booking_id"]) == 0


async def test_giving_up_an_id_again_gets_the_same_answer(system: TicketSystem) -> None:
    booking_id = str(uuid4())
    assert [(await abandon(system, booking_id)).status_code for _ in range(3)] == [204, 204, 204]


@pytest.mark.parametrize("outcome", ["AWAITING_PAYMENT", "FAILED", "BOOKED"])
async def test_a_booking_that_exists_is_returned_and_stays_as_it_is(system: TicketSystem, outcome: str) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book(event, [seat])
    if outcome != "AWAITING_PAYMENT":
        await system.pay(booking["id"], "PAID" if outcome == "BOOKED" else "FAILED")
        await system.run_until_idle()
    before = await system.booking(booking["id"])
    answer = await abandon(system, booking["id"])
    assert (answer.status_code, answer.json()["status"]) == (200, outcome)
    assert {**answer.json(), "document": None} == {**before, "document": None}  # each answer has a link of its own
    assert await system.booking_row(booking["id"])
    assert not await is_abandoned(system, booking["id"])


async def test_a_caller_with_a_wrong_key_gives_up_nothing(system: TicketSystem) -> None:
    booking_id = str(uuid4())
    answer = await system.client.post(f"{PATH}/{booking_id}/abandon", headers={"authorization": "Bearer nobody"})
    assert answer.status_code == 401
    assert not await is_abandoned(system, booking_id)


@ON_AND_OFF
async def test_a_hold_that_began_before_its_id_was_given_up_takes_no_seat(
    system: TicketSystem, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement has its snapshot, waits for a lock, and goes on after the tombstone was acknowledged.

    The control looks for the tombstone in the statement itself, which cannot see it: both win.
    """
    event, (seat, *_) = await system.create_event()
    body = system.booking_request(event, [seat])

    async def race() -> tuple[int, int]:
        async with gate(system, events, event["id"], held_up=1) as held:
            late = asyncio.create_task(post(system, body))
            await held()
            given_up = await abandon(system, body["booking_id"])
        return (await late).status_code, given_up.status_code

    if guarded:
        assert await race() == (409, 204)
        assert (await system.seat(seat["id"]))["status"] == "OPEN"
    else:
        switches.a_tombstone_is_looked_for_in_the_statement_alone(monkeypatch)
        async with without_the_trigger(system):
            assert await race() == (201, 204)


@ON_AND_OFF
async def test_giving_up_an_id_waits_for_a_hold_that_is_not_committed_yet(
    system: TicketSystem, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, (seat, *_) = await system.create_event()
    booking_id = uuid4()
    if not guarded:
        switches.giving_up_locks_the_id(monkeypatch)
    async with system.services.engine.connect() as holding, reading(system.services.engine) as looking:
        driver = await driver_of(holding)
        transaction = driver.transaction()
        await transaction.start()
        buyer = Customer(uuid4(), "Ayu Lestari", "ayu@example.com")
        request = BookingRequest(booking_id, UUID(event["id"]), (UUID(seat["id"]),), buyer, None, "hash")
        held = await take_seats(driver, request, UnpaidSeatLimits(0, 0), actor="test", grace_seconds=3600)
        assert isinstance(held, Booking)
        giving_up = asyncio.create_task(abandon(system, str(booking_id)))

        async def waits() -> bool:
            return giving_up.done() or bool((await looking.execute(COUNT_WAITING_FOR_LOCKS)).scalar_one())

        await wait_until(waits)
        await transaction.commit()
    answer = await giving_up
    assert await exists(system, str(booking_id))
    if guarded:
        assert (answer.status_code, answer.json()["status"]) == (200, "HOLDING")
    assert await is_abandoned(system, str(booking_id)) is not guarded


@pytest.mark.timeout(300)
async def test_of_a_hold_and_giving_up_its_id_exactly_one_wins(system: TicketSystem) -> None:
    """Whoever comes first, the two answers agree: the booking exists, or it can never exist."""
    dice = random.Random(20261126)
    event, seats = await system.create_event(seats_per_row=ROUNDS)

    async def after(seconds: float, answer: Any) -> Any:
        await asyncio.sleep(seconds)
        return await answer

    async def race(seat: Any) -> str:
        body = system.booking_request(event, [seat])
        head_start = dice.uniform(-HEAD_START_SECONDS, HEAD_START_SECONDS)
        booked, given_up = await asyncio.gather(
            after(max(head_start, 0), post(system, body)),
            after(max(-head_start, 0), abandon(system, body["booking_id"])),
        )
        status = (await system.seat(seat["id"]))["status"]
        tombstone = await is_abandoned(system, body["booking_id"])
        if given_up.status_code == 204:
            assert (booked.status_code, booked.json()["type"]) == (409, "booking-abandoned")
            assert (tombstone, status, await exists(system, body["booking_id"])) == (True, "OPEN", False)
            return "given up"
        assert (given_up.status_code, given_up.json()["id"]) == (200, body["booking_id"])
        assert (booked.status_code, tombstone, status) == (201, False, "ON_GOING")
        return "booked"

    winners: Counter[str] = Counter()
    for start in range(0, len(seats), AT_ONCE):
        winners.update(await asyncio.gather(*map(race, seats[start : start + AT_ONCE])))
    assert sum(winners.values()) == ROUNDS
    assert set(winners) == {"booked", "given up"}
