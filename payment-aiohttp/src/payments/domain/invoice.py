"""The invoice: its states, the transitions between them, and its data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from servicekit import transitions


class InvoiceStatus(StrEnum):
    """PENDING waits for the buyer, PROCESSING for the gateway's answer; of the other states, only PAID can change."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    PAID = "PAID"
    FAILED = "FAILED"
    VOID = "VOID"
    REFUNDED = "REFUNDED"


UNDECIDED = frozenset({InvoiceStatus.PENDING, InvoiceStatus.PROCESSING})
"""What these invoices become is still open."""


class InvoiceAction(StrEnum):
    """The actions that change an invoice."""

    EXTEND = "EXTEND"
    """Ticket repeats its request for the invoice and gives the buyer more time."""
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
"""The column of the invoice that an action sets to the current time."""

PAYMENT_DECLINED = "PAYMENT_DECLINED"
"""The `failure_reason` of a FAILED invoice."""


NO_CURRENCY = "XXX"
"""The ISO 4217 code for "no currency", which a tombstone has."""


def next_status(status: InvoiceStatus, action: InvoiceAction) -> InvoiceStatus:
    """Returns the invoice's status after `action`; raises IllegalStepError if the status does not allow the action."""
    return transitions.next_status(TRANSITIONS, status, action)


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as stored. A tombstone (voided before its creation) has no token, customer or deadline, and amount 0.

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
