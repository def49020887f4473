"""Rules 4, 6 and 7: the same story everywhere, every webhook accounted for, nothing stuck."""

from __future__ import annotations

from collections.abc import Container
from datetime import timedelta

from tests.support.rules.violation import Violation, Violations
from tests.support.snapshot import Booking, ClientBooking, Delivery, Snapshot

OVERDUE = timedelta(seconds=90)
"""So long after its deadline, something that should have been acted on counts as stuck."""

DELIVERIES_KEPT = timedelta(days=14)
"""So long after it was made, a delivery may have been deleted (docs/operations.md, What is deleted when)."""

OWN_FAILURES = frozenset({"SEAT_UNAVAILABLE", "TICKET_UNAVAILABLE", "ORGANIZER_UNREACHABLE"})
"""What client stores by itself, in version 0: ticket stores nothing if a seat is taken, if the organizer is not asked
for a while, or if it never heard of the booking.
"""

MIRRORED = (
    "status",
    "version",
    "failure_reason",
    "cancel_reason",
    "refund_status",
    "amount",
    "invoice_number",
    "customer_id",
)


def client_tells_the_same_story(snapshot: Snapshot) -> Violations:
    """Rule 4 between ticket and client."""
    for booking in snapshot.bookings.values():
        mirrored = snapshot.client_bookings.get(booking.id)
        if mirrored is not None:
            yield from _differences(booking, mirrored)
        elif booking.customer_id in snapshot.client_customers:
            yield Violation(4, "booking unknown to client", booking.id, f"{booking.status} in ticket")
    for mirrored in snapshot.client_bookings.values():
        if mirrored.id not in snapshot.bookings and not _is_refusal(mirrored):
            detail = f"{mirrored.status} {mirrored.failure_reason or ''}".strip()
            yield Violation(4, "booking unknown to ticket", mirrored.id, detail)


def _differences(booking: Booking, mirrored: ClientBooking) -> Violations:
    for name in MIRRORED:
        ours, theirs = getattr(booking, name), getattr(mirrored, name)
        if ours != theirs:
            yield Violation(4, f"{name} differs", booking.id, f"ticket {ours}, client {theirs}")
    if booking.is_live and booking.event != mirrored.event:
        yield Violation(4, "event differs", booking.id, f"ticket {booking.event}, client {mirrored.event}")
    # An older document may be known while a newer one is being told; at rest they agree.
    if booking.document_sha256 != mirrored.document_sha256:
        yield Violation(
            4, "document differs", booking.id, f"ticket {booking.document_sha256}, client {mirrored.document_sha256}"
        )


def _is_refusal(mirrored: ClientBooking) -> bool:
    return mirrored.status == "FAILED" and mirrored.version == 0 and mirrored.failure_reason in OWN_FAILURES


def client_knows_the_queue(snapshot: Snapshot) -> Violations:
    """Rule 4 for waitlist entries."""
    entries = {entry.id: entry for entry in snapshot.entries}
    for entry in entries.values():
        mirrored = snapshot.client_entries.get(entry.id)
        if mirrored is None:
            if entry.customer_id in snapshot.client_customers:
                yield Violation(4, "waitlist entry unknown to client", entry.id, f"{entry.status} in ticket")
        elif (mirrored.status, mirrored.booking_id) != (entry.status, entry.booking_id):
            yield Violation(4, "waitlist entry differs", entry.id, f"ticket {entry.status}, client {mirrored.status}")
    for unknown in snapshot.client_entries.keys() - entries.keys():
        yield Violation(4, "waitlist entry unknown to ticket", unknown, snapshot.client_entries[unknown].status)


def webhooks_have_arrived(snapshot: Snapshot) -> Violations:
    """Rule 6: delivered and taken in, or a visible dead letter; and every decision was told."""
    for delivery in snapshot.payment_deliveries:
        yield from _arrival(delivery, snapshot.ticket_inbox, "ticket")
    client_has = snapshot.client_inbox | {
        each.id for each in snapshot.ticket_deliveries if _is_mirrored(each, snapshot)
    }
    for delivery in snapshot.ticket_deliveries:
        yield from _arrival(delivery, client_has, "client")
    yield from _decisions_were_told(snapshot)
    yield from _changes_were_told(snapshot)


def _is_mirrored(delivery: Delivery, snapshot: Snapshot) -> bool:
    """Whether client has this version of the booking, or a newer one: events about bookings have no inbox rows."""
    mirrored = snapshot.client_bookings.get(delivery.subject_id)
    return mirrored is not None and mirrored.version >= delivery.subject_version


def _arrival(delivery: Delivery, inbox: Container[str], receiver: str) -> Violations:
    if delivery.state == "PENDING":
        yield Violation(
            6, "webhook not delivered yet", delivery.id, f"{delivery.type} of {delivery.subject_id} to {receiver}"
        )
    elif delivery.state == "DELIVERED" and delivery.id not in inbox:
        yield Violation(
            6,
            "delivered webhook without effect",
            delivery.id,
            f"{delivery.type} of {delivery.subject_id} not in {receiver}'s inbox",
        )


def _decisions_were_told(snapshot: Snapshot) -> Violations:
    told: set[tuple[str, str]] = set()
    for delivery in snapshot.payment_deliveries:
        pair = (delivery.type, delivery.subject_id)
        if pair in told:
            yield Violation(6, "decision told by two webhooks", delivery.subject_id, delivery.type, always=True)
        told.add(pair)
    for invoice in snapshot.invoices.values():
        if invoice.status in {"PAID", "FAILED", "REFUNDED"}:
            wanted = (f"invoice.{invoice.status.lower()}", invoice.reference)
            if wanted not in told and snapshot.now - invoice.updated_at < DELIVERIES_KEPT:
                yield Violation(6, "decision never told", invoice.reference, f"no {wanted[0]} webhook", always=True)


def _changes_were_told(snapshot: Snapshot) -> Violations:
    newest: dict[str, int] = {}
    for delivery in snapshot.ticket_deliveries:
        newest[delivery.subject_id] = max(newest.get(delivery.subject_id, 0), delivery.subject_version)
    for booking in snapshot.bookings.values():
        if booking.id not in newest and snapshot.now - booking.created_at >= DELIVERIES_KEPT:
            continue
        if newest.get(booking.id, 0) < booking.version:
            yield Violation(
                6, "change never told", booking.id, f"version {booking.version}, told {newest.get(booking.id)}"
            )


def nothing_is_stuck(snapshot: Snapshot) -> Violations:
    """Rule 7: every state that is not final has a deadline and something that acts on it."""
    for booking in snapshot.bookings.values():
        yield from _booking_moves(booking, snapshot)
    for delivery in [*snapshot.ticket_deliveries, *snapshot.payment_deliveries]:
        due = delivery.next_attempt_at
        if delivery.state == "PENDING" and (due is None or snapshot.now - due > OVERDUE):
            yield _stuck("webhook is overdue", delivery.id, f"{delivery.type}, due {due}")
    for invoice in snapshot.invoices.values():
        if invoice.status == "PROCESSING":
            yield Violation(7, "payment not decided yet", invoice.reference, invoice.number)
        if invoice.status == "PROCESSING" and snapshot.now - invoice.updated_at > OVERDUE:
            yield _stuck(
                "payment is overdue", invoice.reference, f"{invoice.number} PROCESSING since {invoice.updated_at}"
            )
        if invoice.status == "PAID" and invoice.refund_requested_at is not None:
            yield Violation(
                7, "refund not done yet", invoice.reference, f"{invoice.number}, asked at {invoice.refund_requested_at}"
            )
    for mirrored in snapshot.client_bookings.values():
        if mirrored.status == "REQUESTED":
            yield Violation(7, "request without answer", mirrored.id, f"REQUESTED since {mirrored.created_at}")


def _booking_moves(booking: Booking, snapshot: Snapshot) -> Violations:
    """What is unfinished is named; what is unfinished without a next step, or long after it, is stuck."""
    unfinished = _unfinished(booking)
    if unfinished:
        yield Violation(7, unfinished, booking.id, f"{booking.status}, next step {booking.next_step_at}")
    if (unfinished or booking.status == "AWAITING_PAYMENT") and booking.next_step_at is None:
        yield _stuck(
            "nobody acts on it", booking.id, f"{booking.status} ({unfinished or 'unpaid'}) without a next step"
        )
    if booking.next_step_at is not None and snapshot.now - booking.next_step_at > OVERDUE:
        yield _stuck("booking is overdue", booking.id, f"{booking.status}, next step was {booking.next_step_at}")
    if booking.status == "AWAITING_PAYMENT":
        expires = booking.hold_expires_at
        if expires is None or snapshot.now - expires > OVERDUE:
            yield _stuck("hold outlives its deadline", booking.id, f"expires {expires}")


def _unfinished(booking: Booking) -> str | None:
    if booking.status == "HOLDING":
        return "hold not decided yet"
    if booking.has_ended and booking.released_at is None:
        return "release under way"
    if booking.refund_status == "PENDING":
        return "refund under way"
    if booking.status == "BOOKED" and booking.document_key is None:
        return "document not made yet"
    return None


def _stuck(name: str, subject: str, detail: str) -> Violation:
    return Violation(7, name, subject, detail, always=True)
