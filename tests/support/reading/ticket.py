"""Ticket's database."""

from __future__ import annotations

from tests.support.reading.database import Query, one_look, take_event_facts
from tests.support.snapshot import Booking, Delivery, Seat, Snapshot, WaitlistEntry

SEATS = "SELECT id, event_id, status, booking_id FROM seats"
BOOKINGS = """
SELECT b.id, b.version, b.event_id, o.slug AS organizer, b.customer_id, b.origin, b.status, b.failure_reason,
       b.cancel_reason, b.refund_status, b.amount, b.currency, b.invoice_number, b.hold_expires_at, b.next_step_at,
       b.released_at, b.document_kind, b.document_key, b.document_sha256, b.created_at,
       taken.seat_ids, taken.live_seat_ids, e.name, e.venue, e.time_zone, e.starts_at,
       e.facts_changed_at > GREATEST(b.created_at, b.document_made_at) IS TRUE AS is_document_outdated
FROM bookings b
JOIN events e ON e.id = b.event_id
JOIN organizers o ON o.id = e.organizer_id
LEFT JOIN (
    SELECT booking_id, array_agg(seat_id::text) AS seat_ids,
           array_agg(seat_id::text) FILTER (WHERE live) AS live_seat_ids
    FROM booking_seats GROUP BY booking_id
) taken ON taken.booking_id = b.id
"""
ENTRIES = """
SELECT id, version, seat_id, customer_id, status, booking_id, joined_at FROM waitlist_entries ORDER BY joined_at, id
"""
DELIVERIES = "SELECT id, type, subject_id, subject_version, state, next_attempt_at FROM webhook_deliveries"
INBOX = "SELECT webhook_id, effect FROM webhook_inbox"
ORGANIZERS = "SELECT slug, base_url FROM organizers"


def read_into(snapshot: Snapshot, url: str) -> dict[str, str]:
    """Fills ticket's part; answers the organizers' addresses by slug."""
    with one_look(url) as query:
        snapshot.seats = {row["id"]: Seat(**row) for row in query(SEATS)}
        snapshot.bookings = {booking.id: booking for booking in _bookings(query)}
        snapshot.entries = [WaitlistEntry(**row) for row in query(ENTRIES)]
        snapshot.ticket_deliveries = [Delivery(**row) for row in query(DELIVERIES)]
        snapshot.ticket_inbox = {row["webhook_id"]: row["effect"] for row in query(INBOX)}
        return {row["slug"]: row["base_url"] for row in query(ORGANIZERS)}


def _bookings(query: Query) -> list[Booking]:
    found = []
    for row in query(BOOKINGS):
        seat_ids = frozenset(row.pop("seat_ids") or ())
        live_seat_ids = frozenset(row.pop("live_seat_ids") or ())
        event = take_event_facts(row)
        found.append(Booking(**row, event=event, seat_ids=seat_ids, live_seat_ids=live_seat_ids))
    return found
