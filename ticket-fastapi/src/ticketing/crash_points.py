"""Named places at which crash tests end the process (contracts/README.md, `CRASH_POINT_FILE`; docs/adr/0017)."""

from __future__ import annotations

CRASH_POINTS: dict[str, str] = {
    "booking.seats-taken": "transaction 1 is committed, organizer and payment were not asked",
    "booking.organizer-declined": "the organizer has declined, the booking is still HOLDING",
    "booking.organizer-held": "the organizer holds the seats, payment was not asked",
    "booking.invoice-made": "hold and invoice exist, the booking is still HOLDING",
    "booking.confirmed": "transaction 2 is committed, the buyer has no answer",
    "payment.received": "a verified webhook has arrived, nothing is stored",
    "payment.applied": "its effect is committed, payment has no answer",
    "expiry.voided": "the invoice is void, the booking still AWAITING_PAYMENT",
    "cancel.voided": "the invoice is void, the booking still AWAITING_PAYMENT",
    "cancel.committed": "the booking is CANCELLED, the caller has no answer",
    "refund.owed": "the refund is recorded as PENDING, payment was not asked",
    "refund.found": "the invoice to be refunded was looked up",
    "refund.requested": "payment has accepted the refund",
    "refund.recorded": "the refund is recorded as REFUNDED",
    "release.payment-settled": "no money can come any more, the organizer still holds",
    "release.organizer-released": "hold and invoice are gone, the seats still name the ended booking",
    "release.reassigned": "the seats are OPEN or reassigned to the first in the queue, whose promotion has not begun",
    "promotion.started": "organizer and payment were not asked for the promoted booking",
    "promotion.declined": "the organizer's decline is counted",
    "promotion.organizer-held": "the organizer holds the seat, payment was not asked",
    "promotion.invoice-made": "hold and invoice exist, the promoted booking is still HOLDING",
    "promotion.confirmed": "the offer is committed",
    "document.rendered": "the PDF exists in memory",
    "document.uploaded": "the PDF is in the bucket, the booking does not name it",
    "document.recorded": "key and SHA-256 are stored",
    "event.cancelled": "the event is cancelled, its bookings are not",
    "event.queues-closed": "the queues are closed, bookings are live",
    "event.booking-cancelled": "one booking of the event is cancelled",
    "delivery.claimed": "an attempt to deliver a webhook is counted, nothing was sent",
    "delivery.sent": "the client service has received the event, the attempt is not recorded",
}
"""Every crash point, with what has and has not happened there."""
