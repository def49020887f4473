"""The rule of a sale stands in Python and in SQL, and both say the same; the start of the event ends every sale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import sqlalchemy as sa
from support.stage import Stage, customer
from ticketing.db.catalogue.sales import IS_OVER_SQL, SALE_SQL
from ticketing.domain.sale import OVER, Sale, SaleTimes

AROUND_NOW = [timedelta(microseconds=microseconds) for microseconds in (-2_000_000, -1, 0, 1, 2_000_000)]
GRID = [(*times, is_cancelled) for *times, is_cancelled in product(AROUND_NOW, AROUND_NOW, AROUND_NOW, (False, True))]
ANSWERS = sa.text(f"""
    SELECT now() AS at, {SALE_SQL} AS sale, {IS_OVER_SQL} AS is_over
    FROM (
        SELECT now() + opens AS sales_open_at, now() + closes AS sales_close_at, now() + starts AS starts_at,
               CASE WHEN is_cancelled THEN now() END AS cancelled_at
        FROM unnest(:opens, :closes, :starts, :cancelled) WITH ORDINALITY
            AS cell (opens, closes, starts, is_cancelled, place)
        ORDER BY place
    ) AS events
""").bindparams(
    *(sa.bindparam(name, type_=sa.ARRAY(sa.Interval)) for name in ("opens", "closes", "starts")),
    sa.bindparam("cancelled", type_=sa.ARRAY(sa.Boolean)),
)


async def test_python_and_sql_agree_at_every_order_of_the_times(stage: Stage) -> None:
    opens, closes, starts, cancelled = ([*column] for column in zip(*GRID, strict=True))
    grid = {"opens": opens, "closes": closes, "starts": starts, "cancelled": cancelled}
    async with stage.services.engine.connect() as connection:
        rows = (await connection.execute(ANSWERS, grid)).all()
    assert len(rows) == len(GRID) == 250
    for row, (opening, closing, start, is_cancelled) in zip(rows, GRID, strict=True):
        times = SaleTimes(row.at + opening, row.at + closing, row.at + start, row.at if is_cancelled else None)
        sale = times.sale_at(row.at)
        assert (sale, sale in OVER) == (row.sale, row.is_over), times
    assert {row.sale for row in rows} == set(Sale)


async def begin(stage: Stage, event: Any, *, ago: timedelta = timedelta(seconds=1)) -> Any:
    """Staff moves the start, and nothing else."""
    starts_at = (datetime.now(UTC) - ago).isoformat()
    answer = await stage.client.patch(f"/api/v1/events/{event['id']}", json={"starts_at": starts_at})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_nobody_books_or_queues_once_the_event_has_begun_although_the_sale_was_to_go_on(stage: Stage) -> None:
    event, (taken, free, _) = await stage.event()
    held = await stage.book(event, [taken])
    begun = await begin(stage, event)
    assert begun["status"] == "STARTED"
    assert begun["sales_close_at"] == event["sales_close_at"]
    booking = await stage.client.post("/api/v1/bookings", json=stage.order(event, [free]))
    assert (booking.status_code, booking.json()["type"]) == (409, "sale-closed")
    assert booking.json()["detail"] == "The event has begun, and its sale has ended."
    place = await stage.client.post("/api/v1/waitlist", json={"seat_id": taken["id"], "customer": customer()})
    assert (place.status_code, place.json()["type"]) == (409, "sale-closed")
    assert (await stage.client.post(f"/api/v1/bookings/{held['id']}/cancel", json={})).status_code == 200


async def test_queues_end_when_the_event_begins(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.book(event, [seat])
    entry = await stage.join(seat)
    await begin(stage, event)
    await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    await stage.settle()
    assert (await stage.entry(entry["id"]))["status"] == "LAPSED"
    assert (await stage.seat(seat["id"]))["status"] == "OPEN"


async def test_a_sale_can_be_closed_after_the_start_and_stays_closed_when_the_event_is_put_off(stage: Stage) -> None:
    event, _ = await stage.event()
    await begin(stage, event)
    closed = await stage.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert (closed.status_code, closed.json()["status"]) == (200, "STARTED")
    assert (await begin(stage, event, ago=timedelta(days=-30)))["status"] == "SALES_CLOSED"


async def test_an_event_that_is_put_off_is_on_sale_again(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    await begin(stage, event)
    assert (await begin(stage, event, ago=timedelta(days=-30)))["status"] == "ON_SALE"
    await stage.book(event, [seat])
