"""Named places at which a crash test can end the process (contracts, `CRASH_POINT_FILE`)."""

from __future__ import annotations

CRASH_POINTS: dict[str, str] = {
    "payment.attempt-stored": "the attempt and its outcome are committed, the buyer has no answer",
    "payment.outcome-stored": "the invoice is PAID or FAILED, its webhook is not sent",
    "refund.stored": "the request for the refund is committed, its caller has no answer",
    "refund.done": "the invoice is REFUNDED, its webhook is not sent",
    "invoice.webhook-sent": "the receiver has the webhook, the attempt is not recorded",
}
"""Every crash point, with what is done and not yet done there. Names are unique over all services."""
