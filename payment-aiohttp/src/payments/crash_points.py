"""Named places at which a process can be made to die, for the crash tests (contracts, `CRASH_POINT_FILE`)."""

from __future__ import annotations

CRASH_POINTS: dict[str, str] = {
    "payment.attempt-stored": "the attempt and its outcome are committed, the buyer has no answer",
    "payment.outcome-stored": "the invoice is PAID or FAILED, nobody has been told",
    "refund.stored": "the refund is asked for and committed, its caller has no answer",
    "refund.done": "the invoice is REFUNDED, nobody has been told",
    "invoice.told": "the receiver has the webhook, the attempt is not recorded",
}
"""Every crash point and what is done, or not yet done, there. No other service has one of the same name."""
