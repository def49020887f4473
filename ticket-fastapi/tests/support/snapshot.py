"""A snapshot of all that ticket, organizer and payment have stored about one event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servicekit.db.engine import driver_of
from sqlalchemy.ext.asyncio import AsyncEngine
from ticketing.db.statements import read_statement

Row = dict[str, Any]

_QUERIES = {
    "seats": "SELECT id::text, number, status, booking_id::text FROM seats",
    "bookings": "SELECT b.*, b.id::text AS id, b.waitlist_entry_id::text AS waitlist_entry_id,"
    " (SELECT min(s.number) FROM booking_seats s WHERE s.booking_id = b.id) AS number FROM bookings b",
    "claims": "SELECT booking_id::text, seat_id::text, live FROM booking_seats",
    "entries": "SELECT *, id::text AS id, seat_id::text AS seat_id, booking_id::text AS booking_id,"
    f" {read_statement('queue_position')} AS position FROM waitlist_entries ORDER BY queue_number",
    "published": "SELECT subject_id::text AS id, max(subject_version) AS version,"
    " count(*) - count(DISTINCT subject_version) AS repeated FROM webhook_deliveries GROUP BY subject_id",
    "events": "SELECT cancelled_at IS NULL AND least(sales_close_at, starts_at) > now() AS on_sale, now() AS at"
    " FROM events",
    "failures": "SELECT loop, item, error FROM work_failures",
}


@dataclass
class Snapshot:
    """Rows by id where they have one; entries in the order of their queues; `held`: ids of the organizer's holds."""

    seats: dict[str, Row]
    bookings: dict[str, Row]
    claims: list[Row]
    entries: dict[str, Row]
    published: dict[str, Row]
    on_sale: bool
    at: datetime
    held: set[str]
    invoices: dict[str, Row]
    failures: list[Row]
    """Items that failed in a worker's loop."""

    def queue(self, seat_id: str) -> list[Row]:
        """Returns the entries of a seat's queue in the order of joining, with those that have ended."""
        return [entry for entry in self.entries.values() if entry["seat_id"] == seat_id]

    def seats_of(self, booking_id: str) -> list[Row]:
        """Returns the seats that the booking asked for."""
        return [self.seats[claim["seat_id"]] for claim in self.claims if claim["booking_id"] == booking_id]


async def take_snapshot(engine: AsyncEngine, held: set[str], invoices: dict[str, Row]) -> Snapshot:
    """Reads all tables in one database snapshot, without locks."""
    async with engine.connect() as connection:
        # Tests take a snapshot after every step; SQLAlchemy would cost more time than the queries.
        driver = await driver_of(connection)
        async with driver.transaction(isolation="repeatable_read", readonly=True):
            rows = {name: [dict(row) for row in await driver.fetch(query)] for name, query in _QUERIES.items()}
    event = rows["events"][0]
    return Snapshot(
        seats={row["id"]: row for row in rows["seats"]},
        bookings={
            row["id"]: row for row in sorted(rows["bookings"], key=lambda row: (row["created_at"], row["number"] or 0))
        },
        claims=rows["claims"],
        entries={row["id"]: row for row in rows["entries"]},
        published={row["id"]: row for row in rows["published"]},
        on_sale=event["on_sale"],
        at=event["at"],
        held=held,
        invoices={reference: dict(invoice) for reference, invoice in invoices.items()},
        failures=rows["failures"],
    )
