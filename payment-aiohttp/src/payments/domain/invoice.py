"""The invoice: its states, the steps between them, and what is known of one (DESIGN section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from servicekit import transitions


class InvoiceStatus(StrEnum):
    """PENDING waits for the buyer, PROCESSING for the attempt's outcome; of the others only PAID can still change."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    PAID = "PAID"
    FAILED = "FAILED"
    VOID = "VOID"
    REFUNDED = "REFUNDED"


class InvoiceAction(StrEnum):
    """What can happen to an invoice."""

    EXTEND = "EXTEND"
    """Whoever asked for the invoice asks again, and gives the buyer more time."""
    START_ATTEMPT = "START_ATTEMPT"
    SUCCEED = "SUCCEED"
    FAIL = "FAIL"
    VOID = "VOID"
    REQUEST_REFUND = "REQUEST_REFUND"
    REFUND = "REFUND"


TRANSITIONS: dict[tuple[InvoiceStatus, InvoiceAction], InvoiceStatus] = {
    (InvoiceStatus.PENDING, InvoiceAction.EXTEND): InvoiceStatus.PENDING,
    (InvoiceStatus.PENDING, InvoiceAction.START_ATTEMPT): InvoiceStatus.PROCESSING,
    (InvoiceStatus.PENDING, InvoiceAction.VOID): InvoiceStatus.VOID,
    (InvoiceStatus.PROCESSING, InvoiceAction.SUCCEED): InvoiceStatus.PAID,
    (InvoiceStatus.PROCESSING, InvoiceAction.FAIL): InvoiceStatus.FAILED,
    (InvoiceStatus.PAID, InvoiceAction.REQUEST_REFUND): InvoiceStatus.PAID,
    (InvoiceStatus.PAID, InvoiceAction.REFUND): InvoiceStatus.REFUNDED,
}

TIME_OF: dict[InvoiceAction, str] = {
    InvoiceAction.SUCCEED: "paid_at",
    InvoiceAction.FAIL: "failed_at",
    InvoiceAction.VOID: "voided_at",
    InvoiceAction.REQUEST_REFUND: "refund_requested_at",
    InvoiceAction.REFUND: "refunded_at",
}
"""Which time of the invoice a step sets."""

PAYMENT_DECLINED = "PAYMENT_DECLINED"
"""`failure_reason` of a FAILED invoice."""


NO_CURRENCY = "XXX"
"""ISO 4217 for no currency: that of a tombstone."""


def next_status(status: InvoiceStatus, action: InvoiceAction) -> InvoiceStatus:
    """The invoice's state after `action`; IllegalStepError if there is none."""
    return transitions.next_status(TRANSITIONS, status, action)


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as stored. A tombstone (voided before any creation) has no token, customer or deadline, and amount 0.

    `amount` is in minor units of `currency`; `version` grows with every change.
    """

    number: str
    reference: UUID
    token: str | None
    version: int
    status: InvoiceStatus
    amount: int
    currency: str
    description: str
    customer: dict[str, Any] | None
    return_url: str | None
    time_zone: str | None
    expires_at: datetime | None
    failure_reason: str | None
    refund_requested_at: datetime | None
    paid_at: datetime | None
    failed_at: datetime | None
    voided_at: datetime | None
    refunded_at: datetime | None
    created_at: datetime
    updated_at: datetime
