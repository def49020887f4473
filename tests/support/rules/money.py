"""Rules 2 and 3: booking, invoice, organizer hold and document belong together."""

from __future__ import annotations

from tests.support.rules.violation import Violation, Violations
from tests.support.snapshot import Booking, Snapshot

INVOICE_OF_LIVE = {"AWAITING_PAYMENT": frozenset({"PENDING"}), "BOOKED": frozenset({"PAID"})}
"""The invoice's state at rest; while `PROCESSING`, something is under way."""
INVOICE_OF_ENDED = frozenset({"VOID", "FAILED", "REFUNDED"})


def live_bookings_have_hold_and_invoice(snapshot: Snapshot) -> Violations:
    """Rule 2, and the same for a booking that waits for its payment."""
    for booking in snapshot.bookings.values():
        if booking.status in INVOICE_OF_LIVE:
            yield from _invoice_of_live(booking, snapshot)
            yield from _hold_of_live(booking, snapshot)
        if booking.status == "BOOKED":
            yield from _document_of_booked(booking, snapshot)


def _invoice_of_live(booking: Booking, snapshot: Snapshot) -> Violations:
    invoice = snapshot.invoices.get(booking.id)
    if invoice is None:
        yield Violation(2, "booking without invoice", booking.id, f"{booking.status} but no invoice was ever made")
        return
    if invoice.status not in INVOICE_OF_LIVE[booking.status]:
        yield Violation(
            2,
            "booking and invoice disagree",
            booking.id,
            f"{booking.status}, invoice {invoice.number} {invoice.status}",
        )
    if (invoice.amount, invoice.currency) != (booking.amount, booking.currency):
        detail = f"booking {booking.amount} {booking.currency}, invoice {invoice.amount} {invoice.currency}"
        yield Violation(2, "amounts differ", booking.id, detail)
    if invoice.number != booking.invoice_number:
        yield Violation(
            2, "invoice numbers differ", booking.id, f"booking {booking.invoice_number}, payment {invoice.number}"
        )


def _hold_of_live(booking: Booking, snapshot: Snapshot) -> Violations:
    hold = snapshot.holds.get(booking.id)
    if hold is None or hold.status != "HELD":
        yield Violation(
            2,
            "booking without organizer hold",
            booking.id,
            f"{booking.status}, hold {hold.status if hold else 'absent'}",
        )
    elif hold.seat_ids != booking.seat_ids or hold.organizer != booking.organizer:
        yield Violation(
            2, "organizer holds other seats", booking.id, f"organizer has {sorted(hold.seat_ids)} at {hold.organizer}"
        )


def _document_of_booked(booking: Booking, snapshot: Snapshot) -> Violations:
    if booking.document_key is None or booking.document_kind != "CONFIRMATION":
        yield Violation(2, "booking without document", booking.id, f"document {booking.document_kind}")
        return
    if booking.is_document_outdated:
        yield Violation(2, "document is older than the event", booking.id, f"the event is now {booking.event}")
    yield from _stored_document(2, booking, snapshot)


def _stored_document(rule: int, booking: Booking, snapshot: Snapshot) -> Violations:
    stored = snapshot.documents.get(booking.document_key or "")
    if stored is None:
        yield Violation(rule, "document not in the bucket", booking.id, f"no object {booking.document_key}")
    elif stored.sha256 is not None and stored.sha256 != booking.document_sha256:
        yield Violation(rule, "document was changed", booking.id, f"{booking.document_key} has SHA-256 {stored.sha256}")


def paid_invoices_have_their_booking(snapshot: Snapshot) -> Violations:
    """Rule 2 from the other side: money is kept only for a booking that is `BOOKED`."""
    for invoice in snapshot.invoices.values():
        booking = snapshot.bookings.get(invoice.reference)
        status = booking.status if booking else "unknown to ticket"
        if invoice.status == "PAID" and status != "BOOKED":
            yield Violation(
                2, "paid without a seat", invoice.reference, f"invoice {invoice.number} PAID, booking {status}"
            )
        if booking is None and invoice.status in {"PENDING", "PROCESSING"}:
            yield Violation(
                2, "invoice without booking", invoice.reference, f"invoice {invoice.number} {invoice.status}"
            )


def ended_bookings_leave_nothing(snapshot: Snapshot) -> Violations:
    """Rule 3: no payable or paid invoice, no organizer hold; and its notice, if it has one, is in the bucket."""
    for booking in snapshot.bookings.values():
        if not booking.has_ended:
            continue
        invoice = snapshot.invoices.get(booking.id)
        if invoice is not None and invoice.status not in INVOICE_OF_ENDED:
            detail = f"{booking.status}, invoice {invoice.number} {invoice.status}"
            yield Violation(3, "ended booking can still be paid or was not refunded", booking.id, detail)
        hold = snapshot.holds.get(booking.id)
        if hold is not None and hold.status == "HELD":
            # Once the seats were handed on, a hold under the old id occupies somebody else's seat.
            yield Violation(
                3, "orphan hold at the organizer", booking.id, f"{booking.status}, still HELD at {hold.organizer}"
            )
        if booking.document_key is not None:
            yield from _stored_document(3, booking, snapshot)


def holds_have_their_booking(snapshot: Snapshot) -> Violations:
    """Rule 3 from the organizers' side; holds of other brokers' events are none of ours."""
    ours = {booking.organizer for booking in snapshot.bookings.values()}
    for hold in snapshot.holds.values():
        if hold.status == "HELD" and hold.organizer in ours and hold.hold_id not in snapshot.bookings:
            yield Violation(3, "hold of an unknown booking", hold.hold_id, f"HELD at {hold.organizer}")
