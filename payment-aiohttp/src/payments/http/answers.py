"""Shapes of answers (contracts/README.md). Docstrings and descriptions are part of the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from servicekit.delivery import DeliveryState

from payments.domain.chance import Outcome, Simulation
from payments.domain.invoice import InvoiceStatus
from payments.http.inputs import Customer

NextCursor = Annotated[str | None, Field(description="The cursor of the next page; null on the last page.")]


class InvoiceOutput(BaseModel):
    """An invoice. A tombstone, which was voided before it was created, has no customer, deadline or payment URL."""

    number: str = Field(description="The unique number of the invoice.")
    reference: UUID = Field(description="The id of the booking that the invoice is for.")
    version: int = Field(description="Grows with every change of the invoice, so that a receiver can order webhooks.")
    status: InvoiceStatus
    amount: int = Field(description="The amount in minor units of the currency; 0 for a tombstone.")
    currency: str = Field(description="The ISO 4217 code of the currency; `XXX` for a tombstone.")
    description: str = Field(description="The text that the buyer sees on the payment page.")
    customer: Customer | None = Field(description="The buyer; null for a tombstone.")
    payment_url: str | None = Field(description="The secret URL of the payment page; null for a tombstone.")
    return_url: str | None = Field(description="The URL that the payment page links back to.")
    expires_at: datetime | None = Field(description="The deadline for paying: no attempt begins after it.")
    failure_reason: str | None = Field(description="Why the payment failed, such as `PAYMENT_DECLINED`.")
    refund_requested_at: datetime | None = Field(description="When the refund was requested.")
    paid_at: datetime | None = Field(description="When the invoice was paid.")
    failed_at: datetime | None = Field(description="When the payment failed.")
    voided_at: datetime | None = Field(description="When the invoice was voided.")
    refunded_at: datetime | None = Field(description="When the refund was made.")
    created_at: datetime = Field(description="When the invoice or tombstone was created.")
    updated_at: datetime = Field(description="When the invoice last changed.")


class InvoicePage(BaseModel):
    """One page of invoices, newest first."""

    items: list[InvoiceOutput] = Field(description="The invoices of this page.")
    next_cursor: NextCursor


class TimelineItem(BaseModel):
    """One change of an invoice."""

    at: datetime = Field(description="When the change was made.")
    service: str = Field(description="The service that has recorded the change, which is `payment`.")
    actor: str = Field(description="Who made the change: the name of a service key, `buyer` or `gateway`.")
    action: str = Field(description="What was done, such as `CREATE`, `VOID` or `REFUND`.")
    from_status: InvoiceStatus | None = Field(description="The status before the change; null for a new invoice.")
    to_status: InvoiceStatus = Field(description="The status after the change.")
    detail: dict[str, Any] = Field(description="Further facts about the change, such as the reason of a failure.")


class Timeline(BaseModel):
    """The changes of an invoice, oldest first."""

    items: list[TimelineItem] = Field(description="The changes of the invoice.")


class AttemptOutput(BaseModel):
    """One attempt to deliver a webhook event."""

    number: int = Field(description="The number of the attempt, starting at 1.")
    at: datetime = Field(description="When the attempt was made.")
    status_code: int | None = Field(description="The HTTP status of the receiver's answer; null if none arrived.")
    latency_ms: int = Field(description="How long the attempt took, in milliseconds.")
    error: str | None = Field(description="The beginning of the receiver's refusal, or why no answer arrived.")


class DeliveryOutput(BaseModel):
    """The delivery of one webhook event."""

    id: UUID = Field(description="The id of the delivery, sent as `webhook-id`.")
    invoice_number: str = Field(description="The number of the invoice that the event is about.")
    type: str = Field(description="The type of the event, such as `invoice.paid`.")
    state: DeliveryState
    attempts: list[AttemptOutput] = Field(description="Every attempt so far, oldest first.")
    next_attempt_at: datetime | None = Field(description="When the next attempt is due; null if none is planned.")
    delivered_at: datetime | None = Field(description="When the receiver accepted the event.")
    request_id: str = Field(description="The id of the request that caused the event.")
    created_at: datetime = Field(description="When the event was published.")


class DeliveryPage(BaseModel):
    """One page of deliveries, newest first."""

    items: list[DeliveryOutput] = Field(description="The deliveries of this page.")
    next_cursor: NextCursor


class WebhookOutput(BaseModel):
    """Where webhooks are sent."""

    url: str = Field(description="The URL of the receiver.")
    disabled_at: datetime | None = Field(
        description="When sending was disabled because the receiver answered 410; null while sending is enabled."
    )
    updated_at: datetime = Field(description="When the URL was last set.")


class SimulationOutput(BaseModel):
    """How the simulated gateway behaves at present."""

    failure_rate: float = Field(description="The probability that a payment is declined.")
    latency_ms: int = Field(description="The time that is added to every payment, in milliseconds.")
    next_outcomes: list[Outcome] = Field(description="The outcomes of the next payments, used before chance.")
    seed: int | None = Field(description="The seed that makes chance repeatable; null if outcomes are random.")

    @classmethod
    def of(cls, simulation: Simulation) -> SimulationOutput:
        """Converts the simulation of the domain, without the number of draws."""
        return cls(
            failure_rate=simulation.failure_rate,
            latency_ms=simulation.latency_ms,
            next_outcomes=list(simulation.next_outcomes),
            seed=simulation.seed,
        )


class PaymentStatus(BaseModel):
    """The state of a payment, for the payment page."""

    status: InvoiceStatus
    failure_reason: str | None = Field(description="Why the payment failed, such as `PAYMENT_DECLINED`.")
    expired: bool = Field(description="Whether the invoice is still `PENDING` although `expires_at` has passed.")


class PaymentStarted(BaseModel):
    """The payment attempt has begun."""

    status: InvoiceStatus


class ProblemDocument(BaseModel):
    """An error answer (RFC 9457). Some problems carry further members, such as `errors` or `invoice_status`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="The stable slug of the problem, listed in contracts/problems.json.")
    title: str = Field(description="The name of the problem, the same for every answer of this type.")
    status: int = Field(description="The HTTP status of the answer.")
    detail: str = Field(description="What went wrong in this case, for people.")
    instance: str = Field(description="The path of the request.")
    request_id: str = Field(description="The id that finds the request in the logs.")
