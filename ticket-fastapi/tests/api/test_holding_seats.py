"""Who gets the seats: all or none, one or nobody, and the same answer to the same question."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa
from servicekit.db.engine import create_engine, reading
from support.stage import Stage, customer, until
from ticketing.db.tables import booking_seats, bookings, events
from ticketing.db.tables import seats as seat_rows

PATH = "/api/v1/bookings"


async def post(stage: Stage, body: Any, **headers: str) -> httpx.Response:
    return await stage.client.post(PATH, json=body, headers=headers)


async def live_claims(stage: Stage, seat_id: str) -> int:
    query = sa.select(sa.func.count()).where(booking_seats.c.seat_id == seat_id, booking_seats.c.live)
    async with stage.services.engine.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


@asynccontextmanager
async def gate(stage: Stage, table: sa.Table, row_id: str, *, held_up: int) -> AsyncIterator[None]:
    """Holds up everybody who needs this row until `held_up` of them wait, each with its own picture of how things were.

    Without it, one statement would usually be over before the next begins, and a race would be a matter of luck.
    """
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '-- Takes all%'"
    )
    engine = create_engine(stage.settings, "gate")
    try:
        async with engine.begin() as holding, reading(engine) as looking:
            await holding.execute(sa.select(table).where(table.c.id == row_id).with_for_update())
            yield

            async def enough() -> bool:
                return int((await looking.execute(waiting)).scalar_one()) >= held_up

            await until(enough)
    finally:
        await engine.dispose()


async def test_of_fifty_buyers_of_one_seat_exactly_one_gets_it(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    async with gate(stage, events, event["id"], held_up=stage.settings.database_pool_size):
        posted = [asyncio.create_task(post(stage, stage.order(event, [seat]))) for _ in range(50)]
    answers = await asyncio.gather(*posted)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 49}
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert (refused["type"], refused["seat_ids"]) == ("seat-unavailable", [seat["id"]])
    winner = next(answer for answer in answers if answer.status_code == 201).json()
    assert (await stage.seat(seat["id"]))["booking_id"] == UUID(winner["id"])
    assert len(await stage.bookings_of(event)) == 1


async def test_two_orders_that_name_the_same_seats_in_opposite_order_do_not_wait_in_a_circle(stage: Stage) -> None:
    event, some = await stage.event()
    low, middle, high = sorted(some, key=lambda seat: UUID(seat["id"]))
    async with gate(stage, seat_rows, middle["id"], held_up=2):
        orders = [stage.order(event, wanted) for wanted in ([low, middle, high], [high, middle, low])]
        posted = [asyncio.create_task(post(stage, order)) for order in orders]
    assert sorted([answer.status_code for answer in await asyncio.gather(*posted)]) == [201, 409]


async def test_without_the_guard_the_same_race_sells_the_seat_many_times(stage: Stage) -> None:
    """The control: a hold that looks first and takes later, as one would write it without thinking of others."""
    _, (seat, *_) = await stage.event()
    looked = asyncio.Barrier(8)

    async def take() -> bool:
        async with stage.services.engine.begin() as connection:
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


async def test_overlapping_orders_take_all_their_seats_or_none_and_nobody_gets_stuck(stage: Stage) -> None:
    event, some = await stage.event(seats_per_row=6)
    orders = [
        stage.order(event, [some[(start + step) % 6] for step in ((0, 1, 2), (2, 1, 0))[turn]])
        for start in range(6)
        for turn in range(2)
        for _ in range(2)
    ]
    answers = await asyncio.gather(*(post(stage, order) for order in orders))
    assert set(Counter(answer.status_code for answer in answers)) == {201, 409}
    won = [answer.json() for answer in answers if answer.status_code == 201]
    assert all(len(booking["seats"]) == 3 for booking in won)
    for seat in some:
        claims = [booking["id"] for booking in won if seat["id"] in {held["id"] for held in booking["seats"]}]
        assert len(claims) == await live_claims(stage, seat["id"]) <= 1
        holder = (await stage.seat(seat["id"]))["booking_id"]
        assert str(holder) == claims[0] if claims else holder is None


async def test_one_taken_seat_among_several_leaves_the_others_open(stage: Stage) -> None:
    event, some = await stage.event()
    await stage.book(event, some[:1])
    refused = await post(stage, stage.order(event, some))
    assert (refused.status_code, refused.json()["seat_ids"]) == (409, [some[0]["id"]])
    assert [(await stage.seat(seat["id"]))["status"] for seat in some] == ["ON_GOING", "OPEN", "OPEN"]


async def test_the_same_order_again_is_answered_as_the_first_time(stage: Stage) -> None:
    event, some = await stage.event()
    order = stage.order(event, some[:1])
    first, again = await post(stage, order), await post(stage, order)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers
    assert stage.payment.calls_of("create", order["booking_id"]) == 1


async def test_another_order_under_the_same_id_is_refused(stage: Stage) -> None:
    event, some = await stage.event()
    order = stage.order(event, some[:1])
    await post(stage, order)
    answer = await post(stage, {**order, "seat_ids": [some[1]["id"]]})
    assert (answer.status_code, answer.json()["type"]) == (422, "idempotency-key-reused")
    assert (await stage.seat(some[1]["id"]))["status"] == "OPEN"


async def test_the_key_names_a_booking_that_has_no_id_of_its_own(stage: Stage) -> None:
    event, some = await stage.event()
    order = stage.order(event, some[:1], booking_id=...)
    first = await post(stage, order, **{"idempotency-key": "cart-17"})
    again = await post(stage, order, **{"idempotency-key": "cart-17"})
    assert first.json()["id"] == again.json()["id"]


async def test_of_two_identical_orders_at_once_one_works_and_the_other_waits_or_repeats(stage: Stage) -> None:
    event, some = await stage.event()
    order = stage.order(event, some[:1])
    answers = await asyncio.gather(post(stage, order), post(stage, order))
    kinds = {answer.json().get("type", answer.json().get("status")) for answer in answers}
    assert kinds <= {"AWAITING_PAYMENT", "request-in-progress"}
    assert "AWAITING_PAYMENT" in kinds
    assert len(await stage.bookings_of(event)) == 1


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
async def test_a_wrong_order_is_refused_and_changes_nothing(
    stage: Stage, changes: dict[str, Any], status: int, type_: str
) -> None:
    event, some = await stage.event()
    answer = await post(stage, stage.order(event, some[:1], **changes))
    assert (answer.status_code, answer.json()["type"]) == (status, type_)
    assert answer.headers["content-type"] == "application/problem+json"
    async with stage.services.engine.connect() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(bookings))).scalar_one() == 0
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"


async def test_a_seat_of_another_event_and_a_seat_named_twice_are_wrong_fields(stage: Stage) -> None:
    event, some = await stage.event()
    _, foreign = await stage.event()
    answer = await post(stage, stage.order(event, [some[0], foreign[0]]))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "seat_ids.1")
    answer = await post(stage, stage.order(event, [some[0], some[0]]))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "seat_ids")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"", b"[]", b"null"])
async def test_a_body_that_is_no_order_is_refused(stage: Stage, body: bytes) -> None:
    answer = await stage.client.post(PATH, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)


async def test_the_sale_window_and_a_cancelled_event_are_respected(stage: Stage) -> None:
    early, seats_of_early = await stage.event(
        sales_open_at="2098-12-30T00:00:00Z", sales_close_at="2099-01-01T00:00:00Z", starts_at="2099-01-02T00:00:00Z"
    )
    assert (await post(stage, stage.order(early, seats_of_early[:1]))).json()["type"] == "sale-not-open"
    event, some = await stage.event()
    await stage.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert (await post(stage, stage.order(event, some[:1]))).json()["type"] == "sale-closed"
    event, some = await stage.event()
    await stage.client.post(f"/api/v1/events/{event['id']}/cancel", json={"reason": "rain"})
    answer = await post(stage, stage.order(event, some[:1]))
    assert (answer.status_code, answer.json()["type"]) == (409, "event-cancelled")


async def test_a_caller_without_the_key_gets_nowhere(stage: Stage) -> None:
    event, some = await stage.event()
    answer = await post(stage, stage.order(event, some[:1]), authorization="Bearer nobody")
    assert answer.status_code == 401
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"
