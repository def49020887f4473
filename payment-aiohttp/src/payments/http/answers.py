"""Shapes of answers (contracts/README.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from servicekit.delivery import DeliveryState

from payments.domain.chance import Outcome, Simulation
from payments.domain.invoice import InvoiceStatus
from payments.http.inputs import Customer


class InvoiceOutput(BaseModel):
    """An invoice; a tombstone has no customer, deadline and `payment_url`, and `amount` 0."""

    number: str
    reference: UUID
    version: int
    status: InvoiceStatus
    amount: int
    currency: str
    description: str
    customer: Customer | None
    payment_url: str | None
    return_url: str | None
    expires_at: datetime | None
    failure_reason: str | None
    refund_requested_at: datetime | None
    paid_at: datetime | None
    failed_at: datetime | None
    voided_at: datetime | None
    refunded_at: datetime | None
    created_at: datetime
    updated_at: datetime


class InvoicePage(BaseModel):
    """The newest first."""

    items: list[InvoiceOutput]
    next_cursor: str | None


class TimelineItem(BaseModel):
    """One step of an invoice."""

    at: datetime
    service: str
    actor: str
    action: str
    from_status: InvoiceStatus | None
    to_status: InvoiceStatus
    detail: dict[str, Any]


class Timeline(BaseModel):
    """In order of time."""

    items: list[TimelineItem]


class AttemptOutput(BaseModel):
    """One attempt to deliver; `status_code` is null when no answer came."""

    number: int
    at: datetime
    status_code: int | None
    latency_ms: int
    error: str | None


class DeliveryOutput(BaseModel):
    """A webhook; `id` is its `webhook-id`."""

    id: UUID
    invoice_number: str
    type: str
    state: DeliveryState
    attempts: list[AttemptOutput]
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    request_id: str
    created_at: datetime


class DeliveryPage(BaseModel):
    """The newest first."""

    items: list[DeliveryOutput]
    next_cursor: str | None


class WebhookOutput(BaseModel):
    """Where webhooks go; `disabled_at` since when the receiver wants none (it answered 410)."""

    url: str
    disabled_at: datetime | None
    updated_at: datetime


class SimulationOutput(BaseModel):
    """How payments behave just now."""

    failure_rate: float
    latency_ms: int
    next_outcomes: list[Outcome]
    seed: int | None

    @classmethod
    def of(cls, simulation: Simulation) -> SimulationOutput:
        """The simulation as people see it."""
        return cls(
            failure_rate=simulation.failure_rate,
            latency_ms=simulation.latency_ms,
            next_outcomes=list(simulation.next_outcomes),
            seed=simulation.seed,
        )


class PaymentStatus(BaseModel):
    """Where a payment is."""

    status: InvoiceStatus
    failure_reason: str | None
    expired: bool = Field(description="PENDING, and `expires_at` has passed")


class PaymentStarted(BaseModel):
    """The attempt has begun."""

    status: InvoiceStatus


class ProblemDocument(BaseModel):
    """RFC 9457; `type` is a slug of contracts/problems.json."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
