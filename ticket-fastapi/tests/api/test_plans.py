"""The statements of a booking read their own rows alone, however many others there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from servicekit.db.engine import driver_in_transaction
from support.ticket_system import TicketSystem
from ticketing.db.booking.sell import SELL
from ticketing.db.booking.store_document import STORE_DOCUMENT
from ticketing.db.booking.take_seats import TAKE_SEATS
from ticketing.db.catalogue.seat_map import PLAN, SEAT_MAP

OTHERS = 3000
MOST_ROWS = 60
"""A booking of two seats reads fewer, with its event, its organizer, and each row once more where it is changed."""

FILL = (
    (
        "INSERT INTO seats (id, event_id, section, row, number, price, place_key)"
        " SELECT gen_random_uuid(), event_id, 'Other', 'Z', 100 + n, price, 'other|z'"
        f" FROM (SELECT event_id, price FROM seats LIMIT 1) AS any_seat, generate_series(1, {OTHERS}) AS n"
    ),
    (
        "INSERT INTO bookings (id, event_id, customer_id, customer_name, customer_email, origin, status, amount,"
        " currency, next_step_at, buyer_address)"
        " SELECT gen_random_uuid(), event_id, gen_random_uuid(), customer_name, customer_email, origin, 'HOLDING',"
        " amount, currency, now() + interval '1 h', md5(n::text)"
        f" FROM (SELECT * FROM bookings LIMIT 1) AS any_booking, generate_series(1, {OTHERS}) AS n"
    ),
    (
        "INSERT INTO booking_seats (booking_id, seat_id, section, row, number, price, live)"
        " SELECT id, gen_random_uuid(), 'Other', 'Z', 1, 1, false FROM bookings WHERE status = 'HOLDING'"
    ),
    "ANALYZE seats",
    "ANALYZE bookings",
    "ANALYZE booking_seats",
)


def rows_read(node: dict[str, Any]) -> float:
    """Returns how many rows of tables the plan has read, those that it left out included."""
    removed = sum(float(node.get(f"Rows Removed by {why}", 0)) for why in ("Filter", "Index Recheck"))
    own = (float(node["Actual Rows"]) + removed) * float(node["Actual Loops"]) if "Relation Name" in node else 0
    return own + sum(rows_read(child) for child in node.get("Plans", ()))


async def read_by(system: TicketSystem, statement: str, *parameters: object) -> float:
    """Runs the statement with the plan that serves all parameters, undoes it, and returns how many rows it has read."""
    async with system.services.engine.connect() as connection:
        driver = await driver_in_transaction(connection)
        await driver.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        (plan,) = await driver.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *parameters)
        await connection.rollback()
    return rows_read(plan["Plan"])


def hold(event: Any, wanted: list[Any]) -> tuple[object, ...]:
    seat_ids = [UUID(seat["id"]) for seat in wanted]
    buyer = (uuid4(), "Ayu", "ayu@example.com")
    return (uuid4(), UUID(event["id"]), seat_ids, *buyer, None, "", "test", "", 60.0, "a" * 20, 20, 60)


@pytest.mark.parametrize("what", ["hold", "refused hold", "sale", "document"])
async def test_a_statement_reads_only_its_own_rows(system: TicketSystem, what: str) -> None:
    event, free = await system.create_event()
    booking = await system.book(event, free[:2])
    async with system.services.engine.begin() as connection:
        for statement in FILL:
            await connection.exec_driver_sql(statement)
    shown = booking["event"]
    starts_at = datetime.fromisoformat(shown["starts_at"]).astimezone(UTC)
    facts = (shown["name"], shown["venue"], shown["time_zone"], starts_at)
    document = (UUID(booking["id"]), booking["version"], *facts, "NOTICE", "key", "sha", "", True)
    calls: dict[str, tuple[str, tuple[object, ...]]] = {
        "hold": (TAKE_SEATS, hold(event, free[2:3])),
        "refused hold": (TAKE_SEATS, hold(event, free[:2])),
        "sale": (SELL, ([UUID(booking["id"])], [9], [""], "test")),
        "document": (
            STORE_DOCUMENT,
            (*([each] for each in document), "test", "TEST"),
        ),
    }
    statement, parameters = calls[what]
    assert 0 < await read_by(system, statement, *parameters) <= MOST_ROWS


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


async def test_a_seat_map_reads_the_seats_of_its_event_in_the_order_of_an_index(system: TicketSystem) -> None:
    """Even for the only event with seats, for which PostgreSQL would rather read the whole table and sort it."""
    event, _ = await system.create_event(seats_per_row=3)
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(FILL[0])
        await connection.exec_driver_sql("ANALYZE seats")
        driver = await driver_in_transaction(connection)
        plans = []
        for before in ("SET LOCAL plan_cache_mode = force_generic_plan", PLAN):
            await driver.execute(before)
            (plan,) = await driver.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {SEAT_MAP}", UUID(event["id"]))
            plans.append(nodes(plan["Plan"]))
    ordinary, ours = ([node for node in plan if "Sort" in node["Node Type"]] for plan in plans)
    assert max(node["Actual Rows"] for node in ordinary) == OTHERS + 3
    assert max(node["Actual Rows"] for node in ours) == 2
    scans = [node for node in plans[1] if "Relation Name" in node]
    assert {scan.get("Index Name") for scan in scans} == {"uq_seats_event_id_section_row_number"}
    # Once for the states; numbers and prices are read of no row, since both are ordinary.
    assert [scan["Actual Loops"] for scan in scans] == [1, 0, 0]


async def test_the_count_sees_a_statement_that_reads_all(system: TicketSystem) -> None:
    event, free = await system.create_event()
    await system.book(event, free[:1])
    async with system.services.engine.begin() as connection:
        for statement in FILL:
            await connection.execute(sa.text(statement.replace(":", "\\:")))
    assert await read_by(system, "SELECT count(*) FROM seats WHERE price > $1", 10**9) >= OTHERS
