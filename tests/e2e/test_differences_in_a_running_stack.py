"""What is planted in a running stack is found, and `./dev reconcile --fix` mends what can be mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import psycopg2
import psycopg2.extras
import pytest
from psycopg2 import sql

from tests.support.client_api import Booking
from tests.support.invariants import violations_of
from tests.support.reading import read_snapshot
from tests.support.waiting import until
from tests.support.world import ORGANIZER, World


@dataclass(frozen=True)
class Plant:
    """Rows of the test's booking made to say something else; what the checker must call it."""

    rule: int
    name: str
    database: str
    table: str
    key: str
    changes: dict[str, Any] = field(default_factory=dict)


OFFERED = {"status": "OFFERED", "booking_id": str(uuid4())}
PLANTS = (
    Plant(1, "seat and booking disagree", "ticket", "seats", "booking_id", {"status": "ON_GOING"}),
    Plant(2, "amounts differ", "payment", "invoices", "reference", {"amount": 1}),
    Plant(2, "booking and invoice disagree", "payment", "invoices", "reference", {"status": "REFUNDED"}),
    Plant(2, "document was changed", "ticket", "bookings", "id", {"document_sha256": "b" * 64}),
    Plant(4, "status differs", "client", "bookings_booking", "id", {"status": "AWAITING_PAYMENT"}),
    Plant(4, "version differs", "client", "bookings_booking", "id", {"version": 1}),
    Plant(5, "offer without its booking", "ticket", "waitlist_entries", "id", OFFERED),
    Plant(6, "change never told", "ticket", "bookings", "id", {"version": 99}),
    Plant(7, "nobody acts on it", "ticket", "bookings", "id", {"refund_status": "PENDING"}),
)  # fmt: skip


def url_of(world: World, database: str) -> str:
    url: str = getattr(world.stack.environment, f"{database}_database_url")
    return url


def execute(url: str, statement: sql.Composable, parameters: list[Any]) -> list[dict[str, Any]]:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(statement, parameters)
            assert cursor.rowcount == 1, (cursor.rowcount, statement)
            return [dict(row) for row in cursor.fetchall()]
    finally:
        connection.close()


def change(world: World, plant: Plant, subject: str, values: dict[str, Any]) -> None:
    """Sets columns of the one row that belongs to `subject`."""
    columns = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values)
    statement = sql.SQL("UPDATE {} SET {} WHERE {} = %s RETURNING 1").format(
        sql.Identifier(plant.table), columns, sql.Identifier(plant.key)
    )
    execute(url_of(world, plant.database), statement, [*values.values(), subject])


@contextmanager
def planted(world: World, plant: Plant, subject: str) -> Iterator[None]:
    """As long as the block lasts; afterwards everything is as before."""
    columns = sql.SQL(", ").join(map(sql.Identifier, plant.changes))
    statement = sql.SQL("SELECT {} FROM {} WHERE {} = %s").format(
        columns, sql.Identifier(plant.table), sql.Identifier(plant.key)
    )
    before = execute(url_of(world, plant.database), statement, [subject])[0]
    change(world, plant, subject, plant.changes)
    try:
        yield
    finally:
        change(world, plant, subject, before)


def names(world: World) -> set[tuple[int, str]]:
    return {(found.rule, found.name) for found in violations_of(read_snapshot(world.stack.environment))}


@pytest.fixture
def booked(world: World) -> Booking:
    """A paid booking with its document, about which everything has been told."""
    booking = world.book_and_pay(world.buyer())
    world.stack.check()
    return booking


def test_each_planted_difference_is_found_and_gone_once_it_is_put_back(world: World, booked: Booking) -> None:
    entry = world.buyer("Bima Putra").join_queue(world.seats[0].id)
    world.stack.check()
    for plant in PLANTS:
        with planted(world, plant, entry.id if plant.rule == 5 else booked.id):
            assert (plant.rule, plant.name) in names(world)
    assert names(world) == set()


def test_a_hold_that_no_booking_knows_of_is_found(world: World) -> None:
    hold_id, event = str(uuid4()), world.event
    body = {"hold_id": hold_id, "event_ref": event.id, "seats": [world.seats[0].id]}
    world.organizer.call("POST", f"/{ORGANIZER}/holds", json=body)
    assert (3, "hold of an unknown booking") in names(world)
    world.organizer.call("DELETE", f"/{ORGANIZER}/holds/{hold_id}")
    assert names(world) == set()


def test_a_lost_word_and_a_dead_letter_are_listed_and_mended(world: World, booked: Booking) -> None:
    lost = Plant(4, "status differs", "client", "bookings_booking", "id")
    change(world, lost, booked.id, {"status": "AWAITING_PAYMENT", "version": 1, "document_sha256": None})
    told = [each for each in read_snapshot(world.stack.environment).ticket_deliveries if each.subject_id == booked.id]
    newest = max(told, key=lambda delivery: delivery.subject_version)
    change(world, Plant(6, "dead letter", "ticket", "webhook_deliveries", "id"), newest.id, {"state": "DEAD"})

    listed = world.stack.run("reconcile")
    assert listed.returncode == 1, listed.stderr
    assert "status differs" in listed.stdout
    assert "dead letter" in listed.stdout

    mended = world.stack.run("reconcile", "--fix")
    assert mended.returncode == 1, mended.stderr
    assert "client asked ticket: BOOKED" in mended.stdout
    assert "ticket sends it again" in mended.stdout

    after = until(
        lambda: world.stack.run("reconcile"), lambda done: done.returncode == 0, what="nothing is left to mend"
    )
    assert "No difference" in after.stdout
