"""Client's database."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.reading.database import Query, one_look, take_event_facts
from tests.support.snapshot import ClientBooking, ClientEntry, Snapshot

BOOKINGS = """
SELECT id, version, user_id AS customer_id, status, failure_reason, cancel_reason, refund_status, amount,
       invoice_number, document_sha256, created_at, event->>'name' AS name, event->>'venue' AS venue,
       event->>'time_zone' AS time_zone, (event->>'starts_at')::timestamptz AS starts_at
FROM bookings_booking
"""
ENTRIES = "SELECT id, version, status, booking_id FROM waitlist_waitlistentry"
INBOX = "SELECT id FROM integrations_inboxmessage"
CUSTOMERS = "SELECT id FROM accounts_user"


def read_into(snapshot: Snapshot, url: str) -> None:
    """Fills client's part."""
    with one_look(url) as query:
        snapshot.client_bookings = {booking.id: booking for booking in _bookings(query)}
        snapshot.client_entries = {row["id"]: ClientEntry(**row) for row in query(ENTRIES)}
        snapshot.client_inbox = {row["id"] for row in query(INBOX)}
        snapshot.client_customers = {row["id"] for row in query(CUSTOMERS)}


def _bookings(query: Query) -> Iterator[ClientBooking]:
    for row in query(BOOKINGS):
        event = take_event_facts(row)
        yield ClientBooking(**row, event=event)
