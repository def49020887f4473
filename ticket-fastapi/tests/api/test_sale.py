"""Python and SQL agree about the status of a sale; the start of the event ends every sale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import sqlalchemy as sa
from support.ticket_system import TicketSystem, customer
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


async def test_python_and_sql_agree_at_every_order_of_the_times(system: TicketSystem) -> None:
    opens, closes, starts, cancelled = ([*column] for column in zip(*GRID, strict=True))
    grid = {"opens": opens, "closes": closes, "starts": starts, "cancelled": cancelled}
    async with system.services.engine.connect() as connection:
        rows = (await connection.execute(ANSWERS, grid)).all()
    assert len(rows) == len(GRID) == 250
    for row, (opening, closing, start, is_cancelled) in zip(rows, GRID, strict=True):
        times = SaleTimes(row.at + opening, row.at + closing, row.at + start, row.at if is_cancelled else None)
        sale = times.sale_at(row.at)
        assert (sale, sale in OVER) == (row.sale, row.is_over), times
    assert {row.sale for row in rows} == set(Sale)


async def move_start(system: TicketSystem, event: Any, *, ago: timedelta = timedelta(seconds=1)) -> Any:
    """Moves the start of the event to `ago` before now."""
    starts_at = (datetime.now(UTC) - ago).isoformat()
    answer = await system.client.patch(f"/api/v1/events/{event['id']}", json={"starts_at": starts_at})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_bookings_and_entries_are_refused_after_the_event_has_started(
    system: TicketSystem,
) -> None:
    event, (taken, free, _) = await system.create_event()
    held = await system.book(event, [taken])
    begun = await move_start(system, event)
    assert begun["status"] == "STARTED"
    assert begun["sales_close_at"] == event["sales_close_at"]
    booking = await system.client.post("/api/v1/bookings", json=system.booking_request(event, [free]))
    assert (booking.status_code, booking.json()["type"]) == (409, "sale-closed")
    assert booking.json()["detail"] == "The event has begun, and its sale has ended."
    place = await system.client.post("/api/v1/waitlist", json={"seat_id": taken["id"], "customer": customer()})
    assert (place.status_code, place.json()["type"]) == (409, "sale-closed")
    assert (await system.client.post(f"/api/v1/bookings/{held['id']}/cancel", json={})).status_code == 200


async def test_queues_end_when_the_event_starts(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book(event, [seat])
    entry = await system.join(seat)
    await move_start(system, event)
    await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    await system.run_until_idle()
    assert (await system.entry(entry["id"]))["status"] == "LAPSED"
    assert (await system.seat(seat["id"]))["status"] == "OPEN"


async def test_a_sale_can_be_closed_after_the_start_and_stays_closed_when_the_event_is_postponed(
    system: TicketSystem,
) -> None:
    event, _ = await system.create_event()
    await move_start(system, event)
    closed = await system.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert (closed.status_code, closed.json()["status"]) == (200, "STARTED")
    assert (await move_start(system, event, ago=timedelta(days=-30)))["status"] == "SALES_CLOSED"


async def test_a_postponed_event_is_on_sale_again(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    await move_start(system, event)
    assert (await move_start(system, event, ago=timedelta(days=-30)))["status"] == "ON_SALE"
    await system.book(event, [seat])
