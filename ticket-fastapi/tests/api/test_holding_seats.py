"""Taking seats: all or none, one buyer for each seat, and the same answer to a repeated request."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa
from support.gate import gate
from support.ticket_system import TicketSystem, customer
from ticketing.db.tables import booking_seats, bookings, events
from ticketing.db.tables import seats as seat_rows

PATH = "/api/v1/bookings"


async def post(system: TicketSystem, body: Any, **headers: str) -> httpx.Response:
    return await system.client.post(PATH, json=body, headers=headers)


async def live_claims(system: TicketSystem, seat_id: str) -> int:
    query = sa.select(sa.func.count()).where(booking_seats.c.seat_id == seat_id, booking_seats.c.live)
    async with system.services.engine.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


async def test_of_fifty_buyers_of_one_seat_exactly_one_gets_it(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    async with gate(system, events, event["id"], held_up=system.settings.database_pool_size):
        posted = [asyncio.create_task(post(system, system.booking_request(event, [seat]))) for _ in range(50)]
    answers = await asyncio.gather(*posted)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 49}
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert (refused["type"], refused["seat_ids"]) == ("seat-unavailable", [seat["id"]])
    winner = next(answer for answer in answers if answer.status_code == 201).json()
    assert (await system.seat(seat["id"]))["booking_id"] == UUID(winner["id"])
    assert len(await system.bookings_of(event)) == 1


async def test_two_requests_for_the_same_seats_in_opposite_order_do_not_deadlock(
    system: TicketSystem,
) -> None:
    event, seats = await system.create_event()
    low, middle, high = sorted(seats, key=lambda seat: UUID(seat["id"]))
    async with gate(system, seat_rows, middle["id"], held_up=2):
        bodies = [system.booking_request(event, wanted) for wanted in ([low, middle, high], [high, middle, low])]
        posted = [asyncio.create_task(post(system, body)) for body in bodies]
    assert sorted([answer.status_code for answer in await asyncio.gather(*posted)]) == [201, 409]


async def test_without_the_guard_the_same_race_sells_the_seat_many_times(system: TicketSystem) -> None:
    """The control: a hold that first reads the seat and then takes it, without a lock, sells it several times."""
    _, (seat, *_) = await system.create_event()
    looked = asyncio.Barrier(8)

    async def take() -> bool:
        async with system.services.engine.begin() as connection:
            status = await connection.scalar(sa.select(seat_rows.c.status).where(seat_rows.c.id == seat["id"]))
            await looked.wait()
            if status != "OPEN":
                return False
            taken = (
                sa.update(seat_rows).where(seat_rows.c.id == seat["id"]).values(status="ON_GOING", booking_id=uuid4())
            )
            await connection.execute(taken)
            return True

    assert sum(await asyncio.gather(*(take() for _ in range(8)))) > 1


async def test_overlapping_requests_take_all_their_seats_or_none_without_deadlock(system: TicketSystem) -> None:
    event, seats = await system.create_event(seats_per_row=6)
    bodies = [
        system.booking_request(event, [seats[(start + step) % 6] for step in ((0, 1, 2), (2, 1, 0))[turn]])
        for start in range(6)
        for turn in range(2)
        for _ in range(2)
    ]
    answers = await asyncio.gather(*(post(system, body) for body in bodies))
    assert set(Counter(answer.status_code for answer in answers)) == {201, 409}
    won = [answer.json() for answer in answers if answer.status_code == 201]
    assert all(len(booking["seats"]) == 3 for booking in won)
    for seat in seats:
        claims = [booking["id"] for booking in won if seat["id"] in {held["id"] for held in booking["seats"]}]
        assert len(claims) == await live_claims(system, seat["id"]) <= 1
        holder = (await system.seat(seat["id"]))["booking_id"]
        assert str(holder) == claims[0] if claims else holder is None


async def test_one_taken_seat_among_several_leaves_the_others_open(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    await system.book(event, seats[:1])
    refused = await post(system, system.booking_request(event, seats))
    assert (refused.status_code, refused.json()["seat_ids"]) == (409, [seats[0]["id"]])
    assert [(await system.seat(seat["id"]))["status"] for seat in seats] == ["ON_GOING", "OPEN", "OPEN"]


async def test_a_repeated_booking_request_gets_the_first_answer(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    body = system.booking_request(event, seats[:1])
    first, again = await post(system, body), await post(system, body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers
    assert system.payment.calls_of("create", body["booking_id"]) == 1


async def test_another_booking_request_with_the_same_id_is_refused(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    body = system.booking_request(event, seats[:1])
    await post(system, body)
    answer = await post(system, {**body, "seat_ids": [seats[1]["id"]]})
    assert (answer.status_code, answer.json()["type"]) == (422, "idempotency-key-reused")
    assert (await system.seat(seats[1]["id"]))["status"] == "OPEN"


async def test_an_idempotency_key_identifies_a_booking_request_without_an_id(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    body = system.booking_request(event, seats[:1], booking_id=...)
    first = await post(system, body, **{"idempotency-key": "cart-17"})
    again = await post(system, body, **{"idempotency-key": "cart-17"})
    assert first.json()["id"] == again.json()["id"]


async def test_two_identical_requests_at_once_create_one_booking(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    body = system.booking_request(event, seats[:1])
    answers = await asyncio.gather(post(system, body), post(system, body))
    kinds = {answer.json().get("type", answer.json().get("status")) for answer in answers}
    assert kinds <= {"AWAITING_PAYMENT", "request-in-progress"}
    assert "AWAITING_PAYMENT" in kinds
    assert len(await system.bookings_of(event)) == 1


@pytest.mark.parametrize(
    ("changes", "status", "type_"),
    [
        ({"event_id": str(uuid4())}, 404, "event-not-found"),
        ({"seat_ids": [str(uuid4())]}, 422, "validation-error"),
        ({"seat_ids": []}, 422, "validation-error"),
        ({"seat_ids": [str(uuid4()) for _ in range(11)]}, 422, "validation-error"),
        ({"seat_ids": "all"}, 422, "validation-error"),
        ({"seat_ids": [1]}, 422, "validation-error"),
        ({"seat_ids": ...}, 422, "validation-error"),
        ({"customer": customer(email="nobody")}, 422, "validation-error"),
        ({"customer": customer(name="a\x00b")}, 422, "validation-error"),
        ({"customer": {**customer(), "admin": "yes"}}, 422, "validation-error"),
        ({"price": 1}, 422, "validation-error"),
        ({"booking_id": "17"}, 422, "validation-error"),
        ({"return_url": "javascript:alert(1)"}, 422, "validation-error"),
    ],
)
async def test_an_invalid_booking_request_is_refused_and_changes_nothing(
    system: TicketSystem, changes: dict[str, Any], status: int, type_: str
) -> None:
    event, seats = await system.create_event()
    answer = await post(system, system.booking_request(event, seats[:1], **changes))
    assert (answer.status_code, answer.json()["type"]) == (status, type_)
    assert answer.headers["content-type"] == "application/problem+json"
    async with system.services.engine.connect() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(bookings))).scalar_one() == 0
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"


async def test_a_seat_of_another_event_and_a_seat_named_twice_are_wrong_fields(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    _, foreign = await system.create_event()
    answer = await post(system, system.booking_request(event, [seats[0], foreign[0]]))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "seat_ids.1")
    answer = await post(system, system.booking_request(event, [seats[0], seats[0]]))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "seat_ids")


@pytest.mark.parametrize(
    ("body", "status", "type_"),
    [
        (b"{", 400, "malformed-json"),
        (b"\xff\xfe", 400, "malformed-json"),
        (b"", 422, "validation-error"),
        (b"[]", 422, "validation-error"),
        (b"null", 422, "validation-error"),
    ],
)
async def test_a_body_that_is_not_a_booking_request_is_refused(
    system: TicketSystem, body: bytes, status: int, type_: str
) -> None:
    answer = await system.client.post(PATH, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (status, type_)


async def test_the_sale_window_and_a_cancelled_event_are_respected(system: TicketSystem) -> None:
    early, seats_of_early = await system.create_event(
        sales_open_at="2098-12-30T00:00:00Z", sales_close_at="2099-01-01T00:00:00Z", starts_at="2099-01-02T00:00:00Z"
    )
    assert (await post(system, system.booking_request(early, seats_of_early[:1]))).json()["type"] == "sale-not-open"
    event, seats = await system.create_event()
    await system.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert (await post(system, system.booking_request(event, seats[:1]))).json()["type"] == "sale-closed"
    event, seats = await system.create_event()
    await system.client.post(f"/api/v1/events/{event['id']}/cancel", json={"reason": "rain"})
    answer = await post(system, system.booking_request(event, seats[:1]))
    assert (answer.status_code, answer.json()["type"]) == (409, "event-cancelled")


async def test_a_caller_with_a_wrong_key_is_refused(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    answer = await post(system, system.booking_request(event, seats[:1]), authorization="Bearer nobody")
    assert answer.status_code == 401
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"
