"""Client's database."""

from __future__ import annotations

from tests.support.reading.database import one_look
from tests.support.snapshot import ClientBooking, ClientEntry, Snapshot

BOOKINGS = """
SELECT id, version, user_id AS customer_id, status, failure_reason, cancel_reason, refund_status, amount,
       invoice_number, document_sha256, created_at
FROM bookings_booking
"""
ENTRIES = "SELECT id, version, status, booking_id FROM waitlist_waitlistentry"
INBOX = "SELECT id FROM integrations_inboxmessage"
CUSTOMERS = "SELECT id FROM accounts_user"


def read_into(snapshot: Snapshot, url: str) -> None:
    """Fills client's part."""
    with one_look(url) as query:
        snapshot.client_bookings = {row["id"]: ClientBooking(**row) for row in query(BOOKINGS)}
        snapshot.client_entries = {row["id"]: ClientEntry(**row) for row in query(ENTRIES)}
        snapshot.client_inbox = {row["id"] for row in query(INBOX)}
        snapshot.client_customers = {row["id"] for row in query(CUSTOMERS)}
